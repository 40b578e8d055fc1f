import { existsSync, realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../core/base/clock.js';
import { here } from '../../core/base/test-conditions.js';
import { markNames } from './child-environment.js';
import { ledgerPath, parseLedger } from './ledger.js';
import { processesWithMark, stateOf } from './proc-stat.js';
import { command, isAlive, lineMatching, openBench, type TestBench, until } from './test-children.js';
import type { Launch } from './types.js';

/** Tells everything it was started with, and what comes in. */
const program = `
let input = '';
process.stdin.on('data', (chunk) => (input += chunk)).on('end', () => {
  const { ROOST_INCARNATION_ID: id, ...env } = process.env;
  console.log('told ' + JSON.stringify({ argv: process.argv.slice(1), cwd: process.cwd(), env, input, group: process.pid }));
});
setInterval(() => undefined, 1_000);`.replaceAll('\n', ' ');

const nasty = ['', ' ', '-n', '--', "it's", '"quoted"', '$HOME', '$(id)', '`id`', '~', '*', 'a\\nb\\', ';exit 1', '#no', 'x', 'd/tmp', '%s'];
const env = { PLAIN: 'one', SPACED: ' two  ', DOLLAR: '$PLAIN `id` $(id)', SLASH: 'a\\tb\\', EQUALS: '=a=b=', EMPTY: '', TILDE: '~', LANG: 'C' };
const launch = (more: Partial<Launch> = {}): Launch => command([process.execPath, '-e', program, '--', ...nasty], { env, cwd: '/usr/bin/..', ...more });

const dash = process.platform === 'linux' && existsSync('/usr/bin/setpriv') && realpathSync('/bin/sh').endsWith('/dash');

describe.runIf(here(dash, 'the process that stands by: it needs Linux, /usr/bin/setpriv and dash as /bin/sh'))('the process that stands by', () => {
  let bench: TestBench;
  const open = async (prepareAfterMs: number): Promise<void> => {
    bench = await openBench({ prepareAfterMs });
  };
  afterEach(() => bench.close());

  /** Marked by the run, and no program yet. */
  const standing = async (): Promise<number[]> => {
    const mark = `${markNames.run}=${bench.runId}`;
    const found = await processesWithMark(new Set([mark]));
    const live = new Set(bench.launcher.live.map(({ pid }) => pid));
    return found.map(({ pid }) => pid).filter((pid) => !live.has(pid));
  };
  const oneStanding = async (): Promise<number> => {
    for (const end = systemClock.monoMs() + 10_000; systemClock.monoMs() < end; ) {
      const [pid] = await standing();
      // One that has not come to its first line yet would be passed over for a plain start.
      if (pid !== undefined && stateOf(pid) === 'S') return pid;
    }
    throw new Error('nothing stands by');
  };
  const told = async (number: number, more: Partial<Launch> = {}) => {
    const incarnation = bench.launcher.launch(launch({ name: `child-${number}`, ...more }), number);
    const line = await lineMatching(incarnation.log, /^told (.*)$/);
    const { group, ...seen } = JSON.parse(line);
    expect(group).toBe(incarnation.pid);
    return { incarnation, seen: { ...seen, env: { ...seen.env, ROOST_PROCESS: '' } } };
  };

  it.each([
    ['nothing to read', { stdin: 'none' }],
    ['a text to read', { stdin: { text: 'line one\nx\nline two' } }],
  ] as const)('becomes the program exactly as a plain start makes it, with %s', async (_what, more) => {
    await open(60_000);
    const plain = await told(1, more);
    await bench.close();
    await open(0);
    bench.launcher.launch(command(['/bin/sleep', '1000']), 1);
    const waiting = await oneStanding();
    const ready = await told(2, more);
    expect(ready.incarnation.pid).toBe(waiting);
    expect(ready.seen).toEqual({ ...plain.seen, env: { ...plain.seen.env, ROOST_RUN_ID: bench.runId } });
    // In the ledger as any other, with the mark of its own birth.
    const entries = parseLedger(await readFile(ledgerPath(bench.dataDir), 'utf8')).open;
    expect(entries.find(({ pid }) => pid === waiting)?.startedAt).toBe(ready.incarnation.identity?.startedAt);
    await ready.incarnation.terminate('deliberate', 'enough', { killAfterMs: 0 });
    expect(isAlive(waiting)).toBe(false);
  });

  it.each(['SIGKILL', 'SIGSTOP'] as const)('is missed by nobody after a %s, and is replaced', async (signal) => {
    await open(0);
    bench.launcher.launch(command(['/bin/sleep', '1000']), 1);
    const waiting = await oneStanding();
    process.kill(waiting, signal);
    await until('its end', () => stateOf(waiting) !== 'S');
    const { incarnation } = await told(2);
    expect(incarnation.pid).not.toBe(waiting);
    expect(await oneStanding()).not.toBe(waiting);
  });

  it('goes with the launcher', async () => {
    await open(0);
    bench.launcher.launch(command(['/bin/sleep', '1000']), 1);
    const waiting = await oneStanding();
    await bench.close();
    await until('its end', () => !isAlive(waiting));
  });
});
