import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { Host, root } from '../support/host.js';
import { until } from '../support/processes.js';

test('a service that beats and then hangs is found, started anew, and told as an incident with what it held', async () => {
  const command = [process.execPath, join(root, 'e2e/fixtures/children/beats.mjs'), 'still', '2000'];
  const service = { command, ready: { message: true }, alive: { message: { silence: '10s', progress: '2s' } } };
  const host = new Host({ config: JSON.stringify({ pool: { size: 1 }, services: { model: service } }) });
  try {
    const api = await host.up();
    const first = await api.process('model');
    await until('a new life', async () => {
      const now = await api.process('model');
      return now.state === 'running' && now.pid !== first.pid;
    });
    const { body } = await api.get('/api/processes');
    const model = body.processes.find((one: { name: string }) => one.name === 'model');
    expect(model).toMatchObject({
      restartsByCause: { stalled: expect.any(Number) },
      lastExit: { cause: 'stalled', message: expect.stringContaining('in job 7') },
    });
    const told = await until('the incident', async () =>
      (await api.get('/api/incidents')).body.incidents.find((one: { trigger: { process: string } }) => one.trigger.process === 'model'),
    );
    expect(told.trigger).toMatchObject({ cause: 'stalled' });
    await expect.poll(async () => JSON.stringify((await api.get(`/api/incidents/${told.id}`)).body.incident.evidence)).toContain('evidence: ');
    await expect.poll(async () => (await api.get('/metrics')).body).toMatch(/roost_process_stalls_total\{process="model"\} [1-9]/);
    const texts = (await api.get('/api/processes/model/logs?lines=500')).body.lines.map(({ text }: { text: string }) => text);
    expect(texts.filter((text: string) => text.includes('"beat"'))).toEqual([]);
  } finally {
    await host.dispose();
  }
});
