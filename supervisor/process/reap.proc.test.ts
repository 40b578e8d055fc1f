import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { onLinux } from '../../core/base/test-conditions.js';
import { readIdentityNow } from './identity.js';
import { Ledger, ledgerPath, readLedger } from './ledger.js';
import { reapLeftovers } from './reap.js';
import { fixture, isAlive, until } from './test-children.js';

let dataDir: string;
const mine: ChildProcess[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'roost-reap-'));
});
afterEach(async () => {
  for (const child of mine.splice(0)) child.kill('SIGKILL');
  await rm(dataDir, { recursive: true, force: true });
});

const reap = (runId = 'new-run') => reapLeftovers({ dataDir, runId, clock: systemClock, log: silentLog, politeMs: 20_000, deadlineMs: 20_000 });

async function stranger(argv: readonly string[], env: Record<string, string> = {}): Promise<{ readonly pid: number; said(): string }> {
  const child = spawn(argv[0] ?? '', argv.slice(1), { detached: true, stdio: ['ignore', 'pipe', 'ignore'], env: { PATH: '/usr/bin:/bin', ...env } });
  mine.push(child);
  let text = '';
  child.stdout?.on('data', (chunk) => (text += String(chunk)));
  await until('its first word', () => text !== '');
  return { pid: child.pid ?? 0, said: () => text };
}

const sleeper = ['/bin/sh', '-c', 'echo up; exec sleep 60'] as const;

function record(pid: number, change: { startedAt?: string; bootId?: string; program?: string } = {}): void {
  const identity = readIdentityNow(pid);
  const ledger = new Ledger({ path: ledgerPath(dataDir), runId: 'old-run', log: silentLog });
  ledger.spawned({
    incarnationId: `old-run.${pid}`,
    name: 'worker-turns',
    pid,
    startedAt: identity?.startedAt ?? '',
    bootId: identity?.bootId ?? '',
    program: 'node',
    atMs: 0,
    ...change,
  });
  ledger.close();
}

describe('at start', () => {
  it('ends what an earlier run left behind, whole group and all, and forgets it', async () => {
    const { pid, said } = await stranger(fixture('grandchildren', '1'));
    const grandchild = await until('a grandchild', () => Number(/child (\d+)/.exec(said())?.[1]) || null);
    await until('the bottom', () => said().includes('bottom'));
    record(pid);
    expect(await reap()).toContainEqual({ name: 'worker-turns', pid, action: 'killed' });
    expect(isAlive(pid)).toBe(false);
    await until('the grandchild gone', () => !isAlive(grandchild));
    expect(readLedger(ledgerPath(dataDir))).toEqual({ runIds: [], open: [], unreadable: 0 });
  });

  it.each([
    ['start mark', { startedAt: '1' }],
    ['boot', { bootId: 'another-boot' }],
    ['unknown start mark', { startedAt: '' }],
  ])('P18: leaves a stranger with the same pid and another %s alone', async (_what, change) => {
    const { pid } = await stranger(sleeper);
    record(pid, change);
    expect(await reap()).toEqual([{ name: 'worker-turns', pid, action: 'not-ours' }]);
    expect(isAlive(pid)).toBe(true);
  });

  it('lets a Redis end politely before it is killed', async () => {
    const mark = join(dataDir, 'ended-politely');
    const { pid } = await stranger([
      process.execPath,
      '-e',
      `process.on('SIGTERM', () => { require('fs').writeFileSync(${JSON.stringify(mark)}, 'x'); process.exit(0); }); setInterval(() => {}, 1000); console.log('up');`,
    ]);
    record(pid, { program: '/usr/bin/redis-server' });
    expect(await reap()).toEqual([{ name: 'worker-turns', pid, action: 'killed' }]);
    expect(existsSync(mark)).toBe(true);
  });

  it.runIf(onLinux('grandchildren found by their mark'))('finds grandchildren of earlier runs by their mark, and nobody else', async () => {
    const ours = await stranger(sleeper, { ROOST_RUN_ID: 'old-run' });
    const other = await stranger(sleeper, { ROOST_RUN_ID: 'old-run-of-another-directory' });
    const current = await stranger(sleeper, { ROOST_RUN_ID: 'new-run' });
    await until('exec done', () => [ours, other, current].every(({ pid }) => isAlive(pid)));
    const gone = await stranger(['/bin/echo', 'x']);
    record(gone.pid, { startedAt: '1' });
    const report = await reap();
    expect(report).toContainEqual({ name: 'grandchild', pid: ours.pid, action: 'killed' });
    expect([isAlive(ours.pid), isAlive(other.pid), isAlive(current.pid)]).toEqual([false, true, true]);
  });

  it('starts with a ledger of garbage, a torn last line, and appends cleanly after it', async () => {
    record(999_999, { startedAt: '5' });
    const path = ledgerPath(dataDir);
    const good = await readFile(path, 'utf8');
    const garbage = `\u0000\u0001not json\n{"kind":"spawned","pid":-1}\n{"kind":"spawned","pid":1,"incarnationId":"x"}\n[]\nnull\n${good}{"kind":"spawned","runId":"old-run","incarn`;
    await writeFile(path, garbage);
    const read = readLedger(path);
    expect(read.open.map(({ pid }) => pid)).toEqual([999_999]);
    expect(read.unreadable).toBe(6);
    const ledger = new Ledger({ path, runId: 'next', log: silentLog });
    ledger.spawned({ incarnationId: 'next.1', name: 'redis', pid: 999_998, startedAt: '6', bootId: 'b', program: 'x', atMs: 0 });
    ledger.close();
    expect(readLedger(path).open.map(({ pid }) => pid)).toEqual([999_999, 999_998]);
    expect((await reap('next')).map(({ action }) => action)).toEqual(['gone']);
    // The run under way keeps its own entry.
    expect(readLedger(path).open.map(({ pid }) => pid)).toEqual([999_998]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('has nothing to do without a ledger', async () => {
    expect(await reap()).toEqual([]);
  });
});
