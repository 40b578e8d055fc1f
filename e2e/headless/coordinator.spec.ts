import { expect, test } from '@playwright/test';
import { Host, type RestClient } from '../support/host.js';

/** The coordinator changed, asked and proved over REST while it serves turns. */
test.describe('coordinator over REST', () => {
  const host = new Host({ name: 'roost e2e coordinator', config: 'coordinator: { feedbackWindow: 1s, intents: { billing: [invoice] } }\n' });
  let api: RestClient;
  test.beforeAll(async () => {
    api = await host.up();
  });
  test.afterAll(() => host.dispose());

  test('settings change on top of the file, are told, refused when stale, taken back', async () => {
    const first = await api.get('/api/coordinator');
    expect(first.body).toMatchObject({ policy: 'thompson', alpha: 1, version: 0, changes: [], lastChange: null });
    const changed = await api.patch('/api/coordinator', { policy: 'ucb1', alpha: 0.5, arms: { tools: { weight: 2 } }, version: 0 });
    expect(changed.status).toBe(200);
    expect(changed.body.coordinator).toMatchObject({ policy: 'ucb1', alpha: 0.5, version: 1 });
    expect(changed.body.coordinator.changes.map((one: { path: string }) => one.path)).toEqual(['policy', 'alpha', 'arms.tools.weight']);
    expect(await api.patch('/api/coordinator', { alpha: 2, version: 0 })).toMatchObject({
      status: 409,
      body: { error: { code: 'conflict', field: 'version' } },
    });
    expect(await api.patch('/api/coordinator', { alpha: 'much' })).toMatchObject({ status: 400, body: { error: { field: 'alpha' } } });
    expect(await api.patch('/api/coordinator', {})).toMatchObject({ status: 400 });
    const back = await api.post('/api/coordinator/undo', {});
    expect(back.body).toMatchObject({ undone: expect.stringContaining('ucb1'), coordinator: { policy: 'thompson', changes: [] } });
  });

  test('arms are frozen, added, retired, never the last one', async () => {
    for (const arm of ['npc', 'tools']) expect((await api.post(`/api/coordinator/arms/${arm}/freeze`, {})).status).toBe(200);
    expect(await api.post('/api/coordinator/arms/knowledge/freeze', {})).toMatchObject({ status: 400, body: { error: { field: 'arm' } } });
    expect(await api.post('/api/coordinator/arms/ghost/freeze', {})).toMatchObject({ status: 404 });
    const added = await api.post('/api/coordinator/arms', { arm: 'fast', prior: 0.4 });
    expect(added.body.coordinator.arms.map((one: { arm: string }) => one.arm)).toContain('fast');
    expect(await api.post('/api/coordinator/arms', { arm: 'fast' })).toMatchObject({ status: 409 });
    const retired = await api.post('/api/coordinator/arms/fast/retire', {});
    expect(retired.body.coordinator.arms.find((one: { arm: string }) => one.arm === 'fast')).toMatchObject({ retired: true, share: 0 });
    const reverted = await api.post('/api/coordinator/revert', {});
    expect(reverted.body.coordinator.arms.filter((one: { frozen: boolean }) => one.frozen)).toEqual([]);
    const audit = await api.get('/api/audit');
    expect(JSON.stringify(audit.body)).toContain('coordinator.retire');
  });

  test('one turn is told whole, and the log adds up to the state', async () => {
    const session = await api.session('ada');
    const { body } = await api.post(`/api/session/${session}/turns`, { text: 'Where is my invoice?' });
    const turn = await api.turn(body.turnId);
    const told = await api.get(`/api/coordinator/decisions/${body.turnId}`);
    expect(told.body.decision).toMatchObject({ arm: turn.arm, intent: 'billing', policy: 'thompson', phase: 'warmup_early' });
    const total = told.body.decision.arms.reduce((sum: number, one: { probability: number }) => sum + one.probability, 0);
    expect(total).toBeCloseTo(1, 9);
    expect((await api.post(`/api/turns/${body.turnId}/feedback`, { rating: 2, comment: 'wrong units' })).body.recorded).toBe(true);
    await expect.poll(async () => (await api.get(`/api/coordinator/decisions/${body.turnId}`)).body.decision.reward).toBe(0.25);
    expect((await api.get('/api/coordinator/verify')).body).toMatchObject({ identical: true });
    await expect.poll(async () => (await api.get('/api/coordinator/intents')).body.intents[0]).toMatchObject({ intent: 'billing', settled: 1 });
    const trends = await api.get('/api/coordinator/trends');
    expect(trends.body.feedback).toMatchObject({ ratings: 1, average: 2, complaints: expect.arrayContaining([expect.objectContaining({ term: 'wrong' })]) });
    expect(await api.get('/api/coordinator/decisions/t-none')).toMatchObject({ status: 404 });
  });

  test('what-if says that so short a log cannot tell, without a number', async () => {
    const asked = await api.post('/api/coordinator/whatif', { policy: 'ucb1', alpha: 0.5 });
    expect(asked.body).toMatchObject({ answer: 'cannot-tell', estimate: null, estimators: null });
    expect((await api.get('/api/coordinator/verdicts')).body.verdicts[0].text).toContain('still learning');
    const { state } = (await api.get('/api/coordinator/state')).body;
    const reset = await api.post(`/api/coordinator/arms/${(await api.get('/api/coordinator')).body.arms[0].arm}/reset`, {});
    expect(reset.body.coordinator.arms[0]).toMatchObject({ settled: 0, pulls: 0 });
    const put = await api.put('/api/coordinator/state', { state });
    expect(put.status).toBe(200);
    expect(put.body.replaced.layout).toBe(2);
    expect(await api.put('/api/coordinator/state', { state: { layout: 7 } })).toMatchObject({ status: 400, body: { error: { field: 'state' } } });
  });
});
