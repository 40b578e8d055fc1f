import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deathSignature, normalised } from './death-signature.js';
import { exitReason } from './exit-reason.js';
import { findReason, lastWords } from './last-words.js';
import { oomSources, parseOomKills } from './oom-kills.js';

const node = [
  '/app/main.js:3',
  "    throw new Error('no such model');",
  '    ^',
  '',
  'Error: no such model',
  '    at main (/app/main.js:3:9)',
  '',
  'Node.js v20.19.4',
];

describe('what the last lines say', () => {
  it.each<[readonly string[], object | null]>([
    [
      [
        '<--- Last few GCs --->',
        'FATAL ERROR: Ineffective mark-compacts near heap limit Allocation failed - JavaScript heap out of memory',
        '----- Native stack trace -----',
        ...Array.from({ length: 14 }, (_, n) => ` ${n}: 0xb876d4 node::OOMErrorHandler`),
      ],
      { cause: 'out-of-memory' },
    ],
    [['Exception in thread "main" java.lang.OutOfMemoryError: Java heap space'], { cause: 'out-of-memory' }],
    [['Traceback (most recent call last):', '  File "x.py", line 3', 'MemoryError'], { cause: 'out-of-memory' }],
    [
      ['Error: listen EADDRINUSE: address already in use 127.0.0.1:3000', '    at Server.setupListenHandle', "  code: 'EADDRINUSE',", '  port: 3000', '}'],
      { cause: 'port-conflict', port: 3000 },
    ],
    [['Error: listen EADDRINUSE: address already in use :::8080'], { cause: 'port-conflict', port: 8080 }],
    [["[Errno 98] error while attempting to bind on address ('127.0.0.1', 8000): address already in use"], { cause: 'port-conflict', port: 8000 }],
    [['OSError: [Errno 98] Address already in use'], { cause: 'port-conflict', port: null }],
    [['openai.RateLimitError: Error code: 429 - you exceeded your quota'], { cause: 'rate-limit' }],
    [['HTTP 429 from api.example.com'], { cause: 'rate-limit' }],
    [['{"status":429}'], { cause: 'rate-limit' }],
    [['Too Many Requests'], { cause: 'rate-limit' }],
    [['processed 429 items', 'started the rate limiter', 'Error: boom'], null],
    [node, null],
    [[], null],
  ])('%j', (lines, expected) => {
    const found = findReason(lines);
    if (expected === null) expect(found).toBeNull();
    else expect(found).toMatchObject(expected);
  });

  it('words of long ago are not the reason', () => {
    expect(findReason(['HTTP 429 from the api', ...Array.from({ length: 20 }, (_, n) => `request ${n} done`), 'Error: boom'])).toBeNull();
  });

  it('the line that reads like a reason is shown, not the frame around it', () => {
    const err = (texts: readonly string[]) => texts.map((text) => ({ stream: 'err' as const, text }));
    expect(lastWords(err(node))).toBe('Error: no such model');
    expect(lastWords(err(['Traceback (most recent call last):', '  File "a.py", line 1, in <module>', 'ValueError: bad port']))).toBe('ValueError: bad port');
    expect(
      lastWords([
        { stream: 'roost', text: 'started, pid 1' },
        { stream: 'out', text: 'about to end' },
      ]),
    ).toBe('about to end');
    expect(lastWords([{ stream: 'roost', text: 'error' }])).toBeNull();
    expect(lastWords(err(['x'.repeat(500)]))?.length).toBe(200);
  });
});

describe('the signature of a death', () => {
  const exit = (more: object) => ({ atMs: 0, cause: 'crash' as const, code: 1, signal: null, message: 'm', ...more });

  it.each([
    ['2026-11-22T01:41:16.123Z Error: bind 127.0.0.1:3000 (pid 812)', '2026-11-23T11:00:59.001Z Error: bind 127.0.0.1:49152 (pid 9)'],
    ['job 0b9e9a52-1c1c-4a4e-9a4e-0b9e9a521c1c failed', 'job 77777777-aaaa-4a4e-9a4e-ffffffffffff failed'],
    ['panic at 0x55d0c8ab1234', 'panic at 0x7f00aa0000ff'],
  ])('is the same for %s and %s', (one, other) => {
    expect(deathSignature(exit({ lastLine: one }))?.key).toBe(deathSignature(exit({ lastLine: other }))?.key);
  });

  it('differs by cause, code and words', () => {
    const keys = [
      exit({}),
      exit({ code: 2 }),
      exit({ code: null, signal: 'SIGSEGV', cause: 'signal' }),
      exit({ lastLine: 'Error: a' }),
      exit({ lastLine: 'Error: b' }),
    ];
    expect(new Set(keys.map((one) => deathSignature(one)?.key)).size).toBe(keys.length);
  });

  it('there is none for an end that was wanted or came from outside', () => {
    for (const more of [{ cause: 'deliberate' }, { cause: 'recycled' }, { cause: 'rate-limit' }, { cause: 'signal', code: null, signal: 'SIGKILL' }])
      expect(deathSignature(exit(more))).toBeNull();
  });

  it('normalising twice changes nothing', () => {
    fc.assert(fc.property(fc.string(), (text) => normalised(normalised(text)) === normalised(text)));
  });
});

describe('why it ended, by evidence', () => {
  const reason = (facts: Partial<Parameters<typeof exitReason>[0]>) => exitReason({ code: null, signal: null, asked: null, atMs: 0, ...facts });
  const limit = { cause: 'rate-limit', line: 'HTTP 429' } as const;

  it.each([
    [{ signal: 'SIGKILL', oomKill: true }, 'out-of-memory'],
    [{ signal: 'SIGKILL', oomKill: false }, 'signal'],
    [{ signal: 'SIGTERM', oomKill: true }, 'signal'],
    [{ signal: 'SIGABRT', finding: { cause: 'out-of-memory', line: 'heap out of memory' } }, 'out-of-memory'],
    [{ code: 137 }, 'out-of-memory'],
    [{ code: 1, finding: limit }, 'rate-limit'],
    [{ code: 75 }, 'rate-limit'],
    [{ code: 78, finding: limit }, 'config'],
    [{ code: 0, finding: limit }, 'clean'],
    [{ signal: 'SIGSEGV', finding: limit }, 'signal'],
    [{ code: 1, asked: { cause: 'deliberate', why: 'w' }, finding: limit }, 'deliberate'],
  ] as const)('%j is %s', (facts, cause) => {
    expect(reason(facts).cause).toBe(cause);
  });

  it('names the port and who holds it', () => {
    const finding = { cause: 'port-conflict', line: 'EADDRINUSE :::3000', port: 3000 } as const;
    expect(reason({ code: 1, finding, portHolder: 'node (pid 7, not started by Roost)' }).message).toBe(
      'port 3000 is taken by node (pid 7, not started by Roost) (it said: EADDRINUSE :::3000)',
    );
  });
});

it('the head of a stack is no reason', () => {
  const lines = [
    'Error: listen EADDRINUSE: address already in use 127.0.0.1:8000',
    "Emitted 'error' event on Server instance at:",
    '    at emitErrorNT (node:net:1944:8)',
  ];
  expect(lastWords(lines.map((text) => ({ stream: 'err', text })))).toContain('EADDRINUSE');
});

describe('kills for want of memory', () => {
  it('are counted where the kernel counts them', () => {
    expect(oomSources('0::/user.slice/app.scope\n')).toEqual(['/sys/fs/cgroup/user.slice/app.scope/memory.events', '/proc/vmstat']);
    expect(oomSources('5:cpu,memory:/docker/ab\n0::/\n')).toEqual([
      '/sys/fs/cgroup/memory/docker/ab/memory.oom_control',
      '/sys/fs/cgroup/memory.events',
      '/proc/vmstat',
    ]);
    expect(parseOomKills('low 0\nhigh 0\noom 3\noom_kill 2\noom_group_kill 0\n')).toBe(2);
    expect(parseOomKills('nr_free_pages 7\n')).toBeNull();
  });
});
