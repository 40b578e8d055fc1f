import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { Host, root } from '../support/host.js';
import { until } from '../support/processes.js';

/** Roost as another user than the one whose files some of its data are: for root these rights mean nothing. */

const nobody = 65_534;
const program = join(root, 'dist/main/headless.js');

/** Why none of it can be tried here; undefined where it can. */
function hindrance(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can start a program as somebody else';
  const tried = spawnSync(process.execPath, [program, '--version-of-nothing'], { uid: nobody, gid: nobody, cwd: '/', encoding: 'utf8' });
  return tried.stderr?.includes('usage') === true ? undefined : `user ${nobody} cannot run ${program}`;
}

function each(path: string, act: (path: string) => void): void {
  if (statSync(path).isDirectory()) for (const name of readdirSync(path)) each(join(path, name), act);
  act(path);
}
/** To root, and nobody else may look. */
const take = (path: string): void =>
  each(path, (one) => {
    chownSync(one, 0, 0);
    chmodSync(one, statSync(one).isDirectory() ? 0o700 : 0o600);
  });
const giveBack = (path: string): void => each(path, (one) => chownSync(one, nobody, nobody));
const contents = (path: string): string[] => {
  const found: string[] = [];
  each(path, (one) => void (statSync(one).isFile() && found.push(`${one} ${createHash('sha256').update(readFileSync(one)).digest('hex')}`)));
  return found.sort();
};

test.describe('R21: data of another user', () => {
  test.describe.configure({ mode: 'serial' });
  const why = hindrance();
  if (why !== undefined) console.log(`R21 is left out: ${why}`);
  // biome-ignore lint/suspicious/noSkippedTests: rights mean nothing to root alone, and it says so
  test.skip(why !== undefined, why ?? '');
  const host = new Host({ name: 'roost-rights-', uid: nobody, config: 'pool: { size: 1 }' });
  let session = '';

  test.afterAll(() => host.dispose());

  /** One sentence that names the file and both users, and the end: nothing is tried again. */
  async function refuses(path: string): Promise<void> {
    host.stderr = '';
    const fromMs = performance.now();
    const error = await host.up().then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    expect(error?.message, path).toContain('the host ended with 1');
    const sentence = host.stderr.split('\n').find((line) => line.startsWith('roost: ')) ?? host.stderr;
    expect(sentence).toContain(`${path} belongs to user 0 and may not be used by user ${nobody}`);
    expect(sentence).toContain(`chown -R ${nobody} ${path}`);
    expect(host.stderr).not.toContain('"next":"restart"');
    expect(performance.now() - fromMs).toBeLessThan(30_000);
  }

  test('a directory that may not be written is refused with the reason', async () => {
    take(host.dataDir);
    chmodSync(host.dataDir, 0o755);
    await refuses(host.dataDir);
    giveBack(host.dataDir);
    const api = await host.up();
    await api.healthy();
    session = await api.session('ada');
    const { body } = await api.post(`/api/session/${session}/turns`, { text: '6 * 7' });
    expect(await api.turn(body.turnId)).toMatchObject({ status: 'done' });
    expect(await host.end('SIGTERM')).toBe(0);
  });

  for (const name of ['run', 'redis', 'redis-epoch', 'node-id', 'format.json', 'redis/appendonlydir']) {
    test(`${name} of another user: refused with the reason, and nothing is touched`, async () => {
      const path = join(host.dataDir, name);
      take(path);
      const before = contents(path);
      await refuses(path);
      expect(contents(path)).toEqual(before);
      giveBack(path);
    });
  }

  test('a file of Redis of another user, seen when Redis starts anew: no loop, and a click once it is given back', async () => {
    const api = await host.up();
    await api.healthy();
    const folder = join(host.dataDir, 'redis', 'appendonlydir');
    take(folder);
    const before = await api.process('redis');
    process.kill(before.pid, 'SIGKILL');
    const given = await until('redis to be given up', async () => {
      const { body } = await api.get('/api/processes');
      return body.processes.find((one: { name: string; state: string }) => one.name === 'redis' && one.state === 'failed');
    });
    expect(given.detail).toContain(`${folder} belongs to user 0`);
    expect(given.restarts).toBeLessThanOrEqual(before.restarts + 1);
    giveBack(folder);
    await api.post('/api/processes/redis/start');
    await api.healthy();
    expect((await api.get(`/api/session/${session}/history?limit=10`)).body.turns).toHaveLength(1);
    expect(await host.end('SIGTERM')).toBe(0);
  });
});
