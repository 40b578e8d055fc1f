import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contain } from './containment.js';
import { command, fixture, isAlive, lineMatching, openBench, type TestBench, until } from './test-children.js';

let bench: TestBench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.close());

const setpriv = '/usr/bin/setpriv';
const ways = [
  ...(process.platform === 'linux' && existsSync(setpriv) ? ([['setpriv', contain({ kind: 'setpriv', path: setpriv }, fixture('ignore-term'), 3)]] as const) : []),
  ['the shell watcher', contain({ kind: 'shell' }, fixture('ignore-term'), 3)] as const,
  ['the shell watcher, with a grandchild', contain({ kind: 'shell' }, fixture('grandchildren', '1'), 3)] as const,
];

describe.each(ways)('a parent killed with SIGKILL and %s', (_name, contained) => {
  it('takes its child along, also one that ignores every polite signal', async () => {
    const parent = bench.launcher.launch(command([...fixture('hold'), contained.needsGuard ? 'guard' : 'bare', ...contained.argv]), 1);
    const child = Number(await lineMatching(parent.log, /^pid (\d+)$/));
    await lineMatching(parent.log, /^(ready|bottom)$/);
    const grandchild = parent.log.read(100).flatMap(({ text }) => /^child (\d+)$/.exec(text)?.[1] ?? []).map(Number);
    expect(isAlive(child)).toBe(true);
    process.kill(parent.pid ?? 0, 'SIGKILL');
    await until('the child gone', () => [child, ...grandchild].every((pid) => !isAlive(pid)), 5_000);
  });
});

describe('without containment', () => {
  it('the child outlives its parent: what the cases above prove is not a matter of course', async () => {
    const parent = bench.launcher.launch(command([...fixture('hold'), 'bare', ...fixture('ignore-term')]), 1);
    const child = Number(await lineMatching(parent.log, /^pid (\d+)$/));
    await lineMatching(parent.log, /^ready$/);
    // The parent's own group is killed by us; the child has one of its own.
    process.kill(parent.pid ?? 0, 'SIGKILL');
    await parent.exited;
    expect(isAlive(child)).toBe(true);
    await until('found by its mark', () => !isAlive(child), 5_000);
  });
});
