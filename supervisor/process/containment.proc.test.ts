import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { sleep, systemClock } from '../../core/base/clock.js';
import { contain } from '../../core/base/containment.js';
import { fixture, isAlive, until } from './test-children.js';
import { installTether } from './tether.js';
import { sendSignal } from './tree.js';

/** Not through a launcher: its own search for leftovers would find the child by its mark and hide what is tested. */
interface Parent {
  readonly pid: number;
  readonly child: number;
  /** All that was printed. */
  text(): string;
}

const parents: Parent[] = [];
afterEach(() => {
  for (const { pid, child } of parents.splice(0)) for (const target of [-pid, -child, child]) sendSignal(target, 'SIGKILL');
});

async function startParent(argv: readonly string[]): Promise<Parent> {
  const [node, ...args] = [...fixture('hold'), ...argv];
  const parent = spawn(node ?? '', args, { detached: true, stdio: ['ignore', 'pipe', 'ignore'], env: { PATH: process.env['PATH'] } });
  let text = '';
  parent.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const child = await until('the pid of the child', () => Number(/^pid (\d+)\n/m.exec(text)?.[1] ?? 0) || null);
  await until('the child up', () => /^(ready|bottom)$/m.test(text));
  const started: Parent = { pid: parent.pid ?? 0, child, text: () => text };
  parents.push(started);
  return started;
}

const setpriv = '/usr/bin/setpriv';
const toolDir = mkdtempSync(join(tmpdir(), 'roost-tether-'));
const tether = process.platform === 'linux' ? installTether(toolDir) : null;
afterAll(() => rmSync(toolDir, { recursive: true, force: true }));
const ways = [
  ...(process.platform === 'linux' && existsSync(setpriv)
    ? ([['setpriv', contain({ kind: 'setpriv', path: setpriv }, fixture('ignore-term'), 3)]] as const)
    : []),
  ...(tether === null ? [] : ([['the tether', contain({ kind: 'tether', path: tether }, fixture('ignore-term'), 3)]] as const)),
  ['the shell watcher', contain({ kind: 'shell' }, fixture('ignore-term'), 3)] as const,
  ['the shell watcher, with a grandchild', contain({ kind: 'shell' }, fixture('grandchildren', '1'), 3)] as const,
];

describe.each(ways)('a parent killed with SIGKILL and %s', (_name, contained) => {
  it('takes its child along, also one that ignores every polite signal', async () => {
    const parent = await startParent([contained.needsGuard ? 'guard' : 'bare', ...contained.argv]);
    const family = [parent.child, ...(/^child (\d+)$/m.exec(parent.text())?.slice(1) ?? []).map(Number)];
    expect(family.every(isAlive)).toBe(true);
    process.kill(parent.pid, 'SIGKILL');
    await until('the child gone', () => !family.some(isAlive));
  });
});

describe('without containment', () => {
  it('the child outlives its parent: what the cases above prove is not a matter of course', async () => {
    const parent = await startParent(['bare', ...fixture('ignore-term')]);
    process.kill(parent.pid, 'SIGKILL');
    await until('the parent gone', () => !isAlive(parent.pid));
    await sleep(systemClock, 300);
    expect(isAlive(parent.child)).toBe(true);
  });
});
