import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { mountSmallDisk, noSmallDisk } from '../../core/base/test-small-disk.js';
import { Host } from '../support/host.js';
import { until } from '../support/processes.js';

const config = `
services:
  chatty: { command: [node, -e, "setInterval(() => console.log('line ' + 'x'.repeat(300)), 5)"] }
`;

test('F2: the disk of a whole Roost is full: nobody dies, it is told, an edit changes nothing, and with room everything goes on by itself', async () => {
  test.setTimeout(180_000);
  const dir = mkdtempSync(join(tmpdir(), 'roost-full-'));
  const disk = mountSmallDisk(join(dir, 'disk'), '24m');
  const host = new Host({ dataDir: join(dir, 'disk') });
  try {
    if (disk === null) return test.info().skip(true, noSmallDisk);
    const file = join(disk.path, 'roost.yaml');
    writeFileSync(file, config);
    const api = await host.up();
    await api.healthy();
    const lives = async (): Promise<unknown> =>
      (await api.get('/api/processes')).body.processes.map(({ name, pid, restarts }: Record<string, unknown>) => ({ name, pid, restarts }));
    const before = await lives();
    disk.fill();
    await until('health to tell of it', async () => (await api.get('/api/health')).body.reasons.some(({ code }: { code: string }) => code === 'disk-full'));
    await until('the lost lines to be counted', async () => (await api.get('/api/processes/chatty/logs?lines=5')).body.dropped > 100);
    expect((await api.put('/api/schedules/mine', { every: '1h', handler: 'command', data: { argv: ['true'] } })).status).toBeGreaterThanOrEqual(500);
    expect(readFileSync(file, 'utf8')).toBe(config);
    expect((await api.post('/api/session/start', { userId: 'ann' })).status).toBeGreaterThanOrEqual(500);
    expect(await lives()).toEqual(expect.arrayContaining(before as unknown[]));
    // Told once each, not at every line and every look.
    const told = host.stderr.split('\n').filter((line) => line.includes('"level":"warn"'));
    expect(told.filter((line) => line.includes('logs/chatty.log')).length).toBe(1);
    expect(told.filter((line) => line.includes('"step":"line"')).length).toBeLessThanOrEqual(3);

    disk.free();
    await api.healthy();
    await until('a session', async () => (await api.post('/api/session/start', { userId: 'ann' })).status === 200);
    expect(await lives()).toEqual(expect.arrayContaining((before as { name: string }[]).filter(({ name }) => !name.startsWith('agent'))));
    await until('the gap to be told in the log', () => readFileSync(join(disk.path, 'logs', 'chatty.log'), 'utf8').includes('lines are missing from the file'));
    expect(await host.end()).toBe(0);
    expect(readdirSync(disk.path, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  } finally {
    await host.end('SIGKILL');
    disk?.unmount();
    rmSync(dir, { recursive: true, force: true });
  }
});
