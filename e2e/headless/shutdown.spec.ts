import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { Host } from '../support/host.js';
import { goesOn, longTurn, patientConfig } from '../support/patient-agent.js';
import { alive, descendants, processesHolding } from '../support/processes.js';

/** Starts in odd places, ends in odd moments. */

test('X3: a second SIGTERM shortens the wait for a long turn; it goes on after the next start', async () => {
  const host = new Host({ config: patientConfig(1) });
  try {
    const api = await host.up();
    const id = await longTurn(api, await api.session('ada'));
    const began = performance.now();
    host.child?.kill('SIGTERM');
    // Long enough to see that the first one waits for the turn.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(host.child?.exitCode).toBeNull();
    expect(await host.end('SIGTERM')).toBe(0);
    expect(performance.now() - began).toBeLessThan(12_000);
    expect(processesHolding(host.dataDir)).toEqual([]);
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
    const own = [host.child?.pid ?? 0, ...descendants(host.child?.pid ?? 0)];
    expect(own.length).toBeGreaterThan(3);
    for (const pid of own) {
      if (!alive(pid)) continue;
      expect(readFileSync(`/proc/${pid}/limits`, 'utf8'), readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toMatch(/^Max core file size\s+0\s/m);
    }
    const node = own.filter((pid) => alive(pid) && /\/node\0/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8')));
    expect(node.length).toBeGreaterThan(2);
    for (const pid of node) process.kill(pid, 'SIGUSR1');
    // Each still serves afterwards, and nothing listens where a debugger would.
    const second = await api.post(`/api/session/${session}/turns`, { text: '6 * 8' });
    expect(await api.turn(second.body.turnId)).toMatchObject({ status: 'done' });
    expect(node.filter((pid) => !alive(pid))).toEqual([]);
    expect(await listens(9229)).toBe(false);

    await expect(nowhere.up()).rejects.toThrow();
    expect(nowhere.child?.exitCode).toBe(1);
    expect(nowhere.stderr).toContain('the data directory /proc/roost cannot be used');
  } finally {
    await host.dispose();
    await nowhere.dispose();
    rmSync(parent, { recursive: true, force: true });
  }
});

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
