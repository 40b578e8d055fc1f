import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { listeningInodes } from '../../supervisor/process/port-owner.js';
import { Host } from '../support/host.js';
import { goesOn, longTurn, patientConfig } from '../support/patient-agent.js';
import { alive, descendants, processesHolding, takeAway, until } from '../support/processes.js';

/** Starts in odd places, ends in odd moments. */

test('X3: a second SIGTERM shortens the wait for a long turn; it goes on after the next start', async () => {
  const host = new Host({ config: patientConfig(1) });
  try {
    const api = await host.up();
    const id = await longTurn(api, await api.session('ada'));
    const worker = (await api.process('worker-turns')).pid;
    const began = performance.now();
    host.child?.kill('SIGTERM');
    // The idle worker ends, the one with the turn is waited for.
    await until('the idle worker to end', () => /"a process ended","process":"worker-jobs","cause":"deliberate"/.test(host.stderr));
    expect([host.child?.exitCode, alive(worker)]).toEqual([null, true]);
    expect(await host.end('SIGTERM')).toBe(0);
    // One signal alone waits for 30 s.
    expect(performance.now() - began).toBeLessThan(25_000);
    await expect.poll(() => processesHolding(host.dataDir)).toEqual([]);
    await goesOn(await host.up(), id);
  } finally {
    await host.dispose();
  }
});

test('X12: no home, no folder for temporary files, and a long path with spaces and umlauts are no obstacle; a place that cannot be written is named in a sentence', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'roost-odd-'));
  const dataDir = join(parent, `Größe und Länge ${'x'.repeat(150)}`);
  mkdirSync(dataDir);
  const host = new Host({ dataDir, config: 'pool: { size: 1 }', env: { HOME: '', TMPDIR: '/nonexistent', XDG_DATA_HOME: '' } });
  const nowhere = new Host({ flags: ['--data-dir', '/proc/roost'], env: { HOME: '/proc' } });
  try {
    const api = await host.up();
    const session = await api.session('ada');
    const { body } = await api.post(`/api/session/${session}/turns`, { text: '6 * 7' });
    expect(await api.turn(body.turnId)).toMatchObject({ status: 'done' });

    // L-14: secrets in memory must not end in a core file. L-12: no signal opens a debugger.
    const own = [host.child?.pid ?? 0, ...descendants(host.child?.pid ?? 0)].filter((pid) => read(pid, 'limits') !== '');
    expect(own.length).toBeGreaterThan(3);
    for (const pid of own) expect(read(pid, 'limits') || noCore, read(pid, 'cmdline')).toMatch(/^Max core file size\s+0\s/m);
    // Those that stay: the one that stands by, and tools, come and go.
    const { processes } = (await api.get('/api/processes')).body;
    const named = processes.flatMap(({ pid }: { pid: number | null }) => pid ?? []) as number[];
    const node = [host.child?.pid ?? 0, ...named].filter((pid) => /\/node\0|^roost/.test(read(pid, 'cmdline')));
    expect(node.length).toBeGreaterThan(2);
    for (const pid of node) process.kill(pid, 'SIGUSR1');
    // Each still serves afterwards, and none of them listens where a debugger would.
    const second = await api.post(`/api/session/${session}/turns`, { text: '6 * 8' });
    expect(await api.turn(second.body.turnId)).toMatchObject({ status: 'done' });
    expect(node.filter((pid) => !alive(pid))).toEqual([]);
    const debuggers = listeningInodes(readFileSync('/proc/net/tcp', 'utf8'), 9229);
    expect(node.filter((pid) => sockets(pid).some((inode) => debuggers.includes(inode)))).toEqual([]);

    await expect(nowhere.up()).rejects.toThrow();
    expect(nowhere.child?.exitCode).toBe(1);
    expect(nowhere.stderr).toContain('the data directory /proc/roost cannot be used');
  } finally {
    await host.dispose();
    await nowhere.dispose();
    takeAway(parent);
  }
});

/** What the limits of a process say that ended while we looked. */
const noCore = 'Max core file size 0 ended';

function read(pid: number, file: 'limits' | 'cmdline'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

/** Inodes of the sockets a process holds. */
const sockets = (pid: number): string[] =>
  readdirSync(`/proc/${pid}/fd`).flatMap((fd) => /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`))?.[1] ?? []);

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
