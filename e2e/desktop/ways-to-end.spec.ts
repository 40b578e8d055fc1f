import { startMs } from '../support/desktop.js';
import { closeWindow, expect, test, visible } from '../support/desktop-fixture.js';
import { PausingAgent } from '../support/pausing-agent.js';
import { alive, descendants, processesHolding, until } from '../support/processes.js';

/** However the desktop app ends, nothing of it stays and nothing is lost. */

test.describe('with a turn in hand', () => {
  const agent = new PausingAgent();
  test.use({ config: agent.config });
  test.afterAll(() => agent.dispose());

  test('quit lets it end, says so meanwhile, and ends every child', async ({ desktop, api, live }) => {
    test.setTimeout(startMs);
    const session = await api.session('ann');
    const { body } = await api.post(`/api/session/${session}/turns`, { text: 'one' });
    await expect.poll(async () => (await api.get(`/api/turns/${body.turnId}`)).body.turn.text).toBe('first half of one');
    await closeWindow(desktop);
    const children = descendants(desktop.pid);
    // Redis, the worker, four agents, and what the window needs.
    expect(children.length).toBeGreaterThan(6);
    const quitting = desktop.quit();
    await expect(live.status).toContainText('Stopping');
    await expect.poll(() => visible(desktop)).toEqual([true]);
    agent.letOn();
    expect(await quitting).toBe(0);
    // The runtime's own helpers see its end a moment later.
    await expect.poll(() => children.filter(alive)).toEqual([]);
    await expect.poll(() => processesHolding(desktop.dataDir)).toEqual([]);
    const endedBefore = Date.now();
    const turn = await (await desktop.up()).turn(body.turnId);
    expect(turn).toMatchObject({ status: 'done', text: 'first half of one, second half', attempts: 1 });
    expect(turn.endedAt).toBeLessThan(endedBefore);
  });
});

test('SIGTERM ends it like quit', async ({ desktop, live: _live }) => {
  process.kill(desktop.pid, 'SIGTERM');
  expect(await desktop.ended()).toBe(0);
  await expect.poll(() => processesHolding(desktop.dataDir)).toEqual([]);
});

test('SIGKILL of the main process leaves no child, and the next start works', async ({ desktop, api, live: _live }) => {
  test.setTimeout(startMs);
  const session = await api.session('ann');
  const children = descendants(desktop.pid);
  expect(children.length).toBeGreaterThan(6);
  process.kill(desktop.pid, 'SIGKILL');
  await until('every child to be gone', () => !children.some(alive) && processesHolding(desktop.dataDir).length === 0);
  const again = await desktop.up();
  await again.healthy();
  expect((await again.get(`/api/session/${session}`)).body.session).toMatchObject({ userId: 'ann' });
});
