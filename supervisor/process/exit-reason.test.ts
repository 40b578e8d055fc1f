import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RoostError } from '../../contract/errors.js';
import { exitCauses } from '../../contract/state.js';
import { exitReason, spawnFailure, startFailureCause } from './exit-reason.js';

describe('why a process ended', () => {
  it.each([
    [0, null, 'clean', /exit code 0/],
    [1, null, 'crash', /exit code 1/],
    [78, null, 'config', /configuration/],
    [3221225477, null, 'crash', /memory access/],
    [null, 'SIGKILL', 'signal', /memory ran out/],
    [null, 'SIGSEGV', 'signal', /bad memory access/],
    [null, 'SIGRTMIN', 'signal', /SIGRTMIN/],
    [null, null, 'crash', /unknown/],
  ] as const)('code %s and signal %s: %s', (code, signal, cause, message) => {
    const exit = exitReason({ code, signal, asked: null, atMs: 5 });
    expect(exit).toMatchObject({ code, signal, cause, atMs: 5 });
    expect(exit.message).toMatch(message);
  });

  it('is what it was ended for, however it then went', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...exitCauses),
        fc.option(fc.integer({ min: 0, max: 255 })),
        fc.option(fc.constantFrom('SIGKILL', 'SIGTERM')),
        (cause, code, signal) => {
          expect(exitReason({ code, signal, asked: { cause, why: 'because' }, atMs: 0 })).toMatchObject({ cause, message: 'because', code, signal });
        },
      ),
    );
  });

  it.each([
    ['ENOENT', /not found/],
    ['EACCES', /may not be run/],
    ['E2BIG', /larger than the system allows/],
    ['EMFILE', /file descriptors/],
    ['EAGAIN', /no room/],
    ['EINVAL', /\.cmd or \.bat/],
    ['ERR_INVALID_ARG_VALUE', /NUL/],
    ['EWHATEVER', /could not be started: oops/],
  ])('a spawn that fails with %s is explained', (code, message) => {
    const exit = spawnFailure(Object.assign(new Error('oops'), { code }), { program: { command: ['tool'] } }, 1);
    expect(exit).toMatchObject({ cause: 'spawn-failed', code: null, signal: null });
    expect(exit.shortage === true).toBe(code === 'EMFILE' || code === 'EAGAIN');
    expect(exit.message).toMatch(message);
  });

  it.each([
    [new RoostError('config-invalid', 'x'), 'config'],
    [new RoostError('protocol', 'x'), 'protocol'],
    [new RoostError('redis-failed', 'x', { details: { cause: 'port-conflict' } }), 'port-conflict'],
    [new RoostError('redis-failed', 'x', { details: { cause: 'made-up' } }), 'start-timeout'],
    [new Error('x'), 'start-timeout'],
    ['text', 'start-timeout'],
  ] as const)('a start that failed with %s has the cause %s', (error, cause) => {
    expect(startFailureCause(error, 'start-timeout')).toBe(cause);
  });
});
