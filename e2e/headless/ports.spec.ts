import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { Host, root } from '../support/host.js';
import { freePort } from '../support/ports.js';
import { alive, processesHolding, until } from '../support/processes.js';

/** Who holds a port that Roost or a service wants: named, told apart, and never touched unless it is provably ours. */

const child = (name: string): string => join(root, 'e2e/fixtures/children', name);
const node = process.execPath;

/** A program of somebody else's that listens on a port. */
async function stranger(port: number): Promise<ChildProcess> {
  const program = spawn(node, [child('http-service.mjs'), String(port)], { stdio: ['ignore', 'pipe', 'ignore'] });
  await new Promise((resolve, reject) => {
    program.stdout?.once('data', resolve);
    program.once('exit', () => reject(new Error(`nothing could listen on port ${port}`)));
  });
  return program;
}

test('strangers on the port of a service and of the API are named everywhere, left alone, and the service comes once its port is free', {
  tag: '@alone',
}, async () => {
  const [servicePort, apiPort] = [await freePort(), await freePort()];
  const strangers = [await stranger(servicePort), await stranger(apiPort)];
  const [first, second] = strangers as [ChildProcess, ChildProcess];
  const config = `
pool: { size: 1 }
services:
  web:
    command: [${JSON.stringify(node)}, ${JSON.stringify(child('http-service.mjs'))}, "${servicePort}"]
    ready: { log: listening }
`;
  const host = new Host({ config, flags: ['--port', String(apiPort)] });
  const roost = (...args: string[]) => {
    const done = spawnSync(node, [join(root, 'dist/main/roost.js'), ...args, '--data-dir', host.dataDir], { encoding: 'utf8', timeout: 60_000 });
    return { code: done.status, out: `${done.stdout}${done.stderr}` };
  };
  try {
    const api = await host.up();
    const named = new RegExp(`http-service\\.mjs ${servicePort} \\(pid ${first.pid}\\), not started by Roost: end it, or use another port`);
    await expect
      .poll(async () => (await api.get('/api/processes')).body.processes.find((one: { name: string }) => one.name === 'web')?.lastExit, { timeout: 60_000 })
      .toMatchObject({ cause: 'port-conflict', message: expect.stringMatching(named) });
    // Set aside or about to be tried again, the sentence stays in sight.
    const down = async () => (await api.get('/api/health')).body.reasons.find(({ code }: { code: string }) => code === 'service-down')?.message ?? '';
    await expect.poll(down).toMatch(named);
    const { notes } = (await api.get('/api/health')).body;
    const moved = expect.stringMatching(
      new RegExp(`port ${apiPort} is taken by .*http-service\\.mjs ${apiPort} \\(pid ${second.pid}\\), not started by Roost`),
    );
    expect(notes).toContainEqual(expect.objectContaining({ code: 'port-taken', process: 'api', message: moved }));
    expect(host.stderr).toContain(`(pid ${second.pid}), not started by Roost`);
    // Also once it is set aside.
    await until('three deaths', async () => (await api.process('web')).state === 'quarantined', 60_000);
    await expect.poll(down).toMatch(named);
    const doctor = roost('doctor');
    expect(doctor.code).toBe(4);
    expect(doctor.out).toMatch(named);
    expect(doctor.out).toContain(`(pid ${second.pid})`);
    expect([first.pid, second.pid].map((pid) => alive(pid ?? 0))).toEqual([true, true]);

    first.kill('SIGKILL');
    await until('the port to be free', () => !alive(first.pid ?? 0));
    await api.post('/api/processes/web/restart');
    await until('the service to run', async () => (await api.process('web')).state === 'running');
    await api.healthy();
  } finally {
    for (const one of strangers) one.kill('SIGKILL');
    await host.dispose();
  }
});

test('an orphan of an earlier run that holds the port is ended at the next start; a stranger beside it is not', async () => {
  const port = await freePort();
  const config = `
pool: { size: 1 }
services:
  web:
    command: [${JSON.stringify(node)}, ${JSON.stringify(child('leaves-server.mjs'))}, "${port}"]
    ready: { tcp: ${port}, timeout: 20s }
`;
  const bystander = await stranger(await freePort());
  const host = new Host({ config });
  const servers = (): number[] => processesHolding(`http-service.mjs\0${port}`);
  try {
    const api = await host.up();
    await until('the service', async () => (await api.process('web')).state === 'running');
    const service = (await api.process('web')).pid;
    const [orphan = 0] = servers();
    expect(alive(orphan)).toBe(true);
    await host.end('SIGKILL');
    // It is in a session of its own: containment ends the service, and this one lives on with the port.
    await until('the service to end', () => !alive(service));
    expect(alive(orphan)).toBe(true);
    const again = await host.up();
    await until('the service', async () => (await again.process('web')).state === 'running');
    expect(alive(orphan)).toBe(false);
    expect(servers().filter((pid) => pid !== orphan)).toHaveLength(1);
    await expect.poll(() => host.stderr).toMatch(new RegExp(`left behind by an earlier run.*${orphan}`));
    expect(alive(bystander.pid ?? 0)).toBe(true);
  } finally {
    bystander.kill('SIGKILL');
    await host.dispose();
  }
});
