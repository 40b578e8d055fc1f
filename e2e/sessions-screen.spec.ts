import { expect, test } from './support/fixture.js';
import { PausingAgent } from './support/pausing-agent.js';
import { Screen } from './support/screen.js';

/** What a person does with sessions and turns in the screen. The same through both doors; the fixture adds to each test: no error, no secret in the page, a clean end. */

test.describe('with one arm in use', () => {
  test.use({ config: 'coordinator: { arms: { npc: { prior: 0.7, frozen: true }, tools: { prior: 0.6 }, knowledge: { prior: 0.5, frozen: true } } }\n' });

  test('a session gets an agent at once, answers, takes a rating and shows its steps', async ({ door }) => {
    const screen = new Screen(door.page);
    await screen.healthy();
    await screen.visit('Sessions');
    await screen.startSession('ann');
    const session = door.page.getByRole('region', { name: 'Session of ann' });
    await expect(session).toContainText('Ready');
    await expect(session).toContainText(/warm in \d/);
    await expect(session).toContainText(/agent-\d+/);
    await screen.ask('12 * 34');
    const answer = screen.answers.first();
    await expect(answer).toContainText('408');
    await expect(answer).toContainText('tools · 100 %');
    await expect(door.page.getByRole('list', { name: 'Conversation' })).toContainText('The coach suggests: Next: ask for the same with another value');

    await answer.getByRole('button', { name: 'Say something with the rating' }).click();
    await answer.getByLabel('Comment with the rating').fill('right, a little terse');
    await answer.getByRole('button', { name: 'Rate 4 stars' }).click();
    await expect(answer.getByRole('img', { name: 'Rated 4 of 5' })).toBeVisible();
    await expect(answer).toContainText('reward 0.75');
    await expect(answer.getByRole('button', { name: /^Rate/ })).toHaveCount(0);

    await answer.getByRole('button', { expanded: false }).click();
    const steps = answer.getByRole('list', { name: /^Steps of this turn/ }).getByRole('listitem');
    await expect(steps).toContainText(['Waited in queue', 'Chose an arm', 'Agent worked']);
    const turnId = (await answer.getByText(/^t-/).textContent())?.trim();
    await expect
      .poll(async () => (await door.api.get(`/api/turns/${turnId}`)).body.turn)
      .toMatchObject({ prompt: '12 * 34', rating: 4, reward: 0.75, arm: 'tools' });
    await expect
      .poll(async () => (await door.api.get(`/api/coordinator/decisions/${turnId}`)).body.decision)
      .toMatchObject({ comment: 'right, a little terse' });

    await door.page.reload();
    await expect(screen.answers.first()).toContainText('408');
    await expect(screen.answers.first().getByRole('img', { name: 'Rated 4 of 5' })).toBeVisible();

    await door.page.getByRole('button', { name: 'End session' }).click();
    await door.page.getByRole('dialog').getByRole('button', { name: 'End session' }).click();
    await expect(session).toContainText('This session has ended');
    await expect(door.page.getByLabel('Your request')).toHaveCount(0);
    await expect(screen.answers.first()).toContainText('408');
  });
});

test('each of several turns is answered by one of three arms, and the coordinator page counts them', async ({ door }) => {
  const screen = new Screen(door.page);
  await screen.healthy();
  await screen.visit('Sessions');
  await screen.startSession('bea');
  const questions = ['hello there', 'What is Roost?', '15% of 240', 'How do I resize the warm pool?', '20 km in miles'];
  for (const question of questions) await screen.ask(question);
  await expect(screen.answers).toHaveCount(questions.length);
  for (const [index, question] of questions.entries()) {
    const answer = screen.answers.nth(index);
    await expect(answer, question).toHaveAttribute('aria-busy', 'false');
    await expect(answer, question).toHaveText(/\S.*(npc|tools|knowledge) · \d+(\.\d+)? % · (forced|explore|exploit)/s);
  }
  const arms = await Promise.all(
    questions.map(async (_, index) => /(npc|tools|knowledge) · /.exec((await screen.answers.nth(index).textContent()) ?? '')?.[1]),
  );

  await screen.visit('Coordinator');
  await expect(screen.card('Phase')).toContainText('Early warm-up.');
  await expect(screen.card('Phase')).toContainText('0 of 1,000 warm-up rewards');
  await expect(screen.card('Phase')).toContainText('Thompson sampling');
  await expect(screen.card('Decisions')).toContainText(`${questions.length} in all`);
  const table = screen.card('Arms').getByRole('table');
  await expect(table.getByRole('rowheader')).toHaveCount(3);
  for (const arm of ['npc', 'tools', 'knowledge']) {
    const row = table.getByRole('row').filter({ has: door.page.getByRole('rowheader', { name: new RegExp(`^${arm}`) }) });
    // Estimate, interval, turns.
    await expect(row.getByRole('cell').nth(2), arm).toHaveText(String(arms.filter((chosen) => chosen === arm).length));
  }
});

test.describe('with an agent that pauses in the middle of its answer', () => {
  const agent = new PausingAgent();
  test.use({ config: agent.config });
  test.afterAll(() => agent.dispose());

  test('the answer is shown as it is written, the line behind it too, and a turn can be cancelled', async ({ door }) => {
    const screen = new Screen(door.page);
    await screen.healthy();
    await screen.visit('Sessions');
    await screen.startSession('cid');
    await screen.ask('one');
    await screen.ask('two');
    await screen.ask('three');
    const [first, second, third] = [screen.answers.nth(0), screen.answers.nth(1), screen.answers.nth(2)];
    await expect(first).toContainText('first half of one');
    await expect(first).toHaveAttribute('aria-busy', 'true');
    await expect(first).not.toContainText('second half');
    await expect(second).toContainText('Queued');
    await expect(third).toContainText('Number 3 in line');
    await third.getByRole('button', { name: 'Cancel' }).click();
    await expect(third).toContainText('Cancelled');
    await first.getByRole('button', { name: 'Cancel' }).click();
    await expect(first).toContainText('Cancelled');
    await expect(second).toContainText('first half of two');
    agent.letOn();
    await expect(second).toContainText('first half of two, second half');
    await expect(second).toHaveAttribute('aria-busy', 'false');
    await expect(third).not.toContainText('half');
  });
});
