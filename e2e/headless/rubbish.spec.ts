import { expect, test } from '@playwright/test';
import { Host, type RestClient } from '../support/host.js';

/** Every REST path with names that every object has by itself, and with Redis gone: no answer is a fault inside Roost. */
test.describe('rubbish over REST', () => {
  const host = new Host({ name: 'roost e2e rubbish', config: 'pool: { size: 1 }\n' });
  let api: RestClient;
  test.beforeAll(async () => {
    api = await host.up();
  });
  test.afterAll(() => host.dispose());

  const words = ['constructor', '__proto__', 'toString'];

  test('a word that every object has names no template and no arm', async () => {
    for (const word of words) {
      expect(await api.post('/api/session/start', { userId: 'ann', template: word })).toMatchObject({ status: 400, body: { error: { field: 'template' } } });
      expect(await api.post('/api/coordinator/arms', { arm: word })).toMatchObject({ status: 400, body: { error: { field: 'arm' } } });
    }
    expect((await api.get('/api/sessions')).body).toMatchObject({ total: 0 });
  });

  test('no GET is a fault inside Roost, with strange names and while Redis is stopped', async () => {
    const { paths } = (await api.get('/openapi.json')).body as { paths: Record<string, Record<string, unknown>> };
    const reads = Object.keys(paths).filter((path) => paths[path]?.['get'] !== undefined && !/^\/(ws|metrics)|events$/.test(path));
    expect(reads.length).toBeGreaterThan(30);
    const faults = async (): Promise<string[]> => {
      const found: string[] = [];
      for (const path of reads) {
        for (const word of path.includes('{') ? [...words, 'turns', 'x-1'] : ['']) {
          const ask = async (): Promise<number> => (await api.get(path.replace(/\{\w+\}/g, word))).status;
          const status = await ask();
          // Late once is a busy machine, late twice is a fault.
          if (status === 500 || (status === 504 && (await ask()) === 504)) found.push(`${status} ${path} ${word}`);
        }
      }
      return found;
    };
    expect(await faults()).toEqual([]);
    await api.post('/api/processes/redis/stop', {});
    await expect.poll(async () => (await api.get('/api/coordinator')).status).toBe(503);
    expect(await faults()).toEqual([]);
    const { status } = await api.get('/api/reports/x-1');
    expect(status).toBe(503);
  });
});
