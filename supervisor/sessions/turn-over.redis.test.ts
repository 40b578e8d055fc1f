import { expect, it } from 'vitest';
import { deliverRequest, deskHouse, eventually, says } from './test-desk.js';

const desks = deskHouse();

it('a turn that was given up while an agent still worked on it kept that agent busy: now its delivery ends, too', async () => {
  const { turns, turnStore, sessions, deliveries, feed, launcher } = await desks.open(says((_, { say }) => say('half')));
  const { sessionId } = await sessions.begin({ userId: 'ann' });
  const { turnId } = await turns.create({ sessionId, text: 'a' });
  const outcome = deliveries.deliver(deliverRequest(turnId, sessionId));
  await eventually(async () => expect((await turns.get(turnId)).turn.text).toBe('half'));
  // As for a job that three workers died of: not by its delivery, nor by a person.
  const { turn } = await turnStore.end(turnId, { status: 'failed', error: { code: 'poison', message: 'set aside' } });
  if (turn === undefined) throw new Error('it had ended before');
  feed.publish(turn);
  expect(await outcome).toEqual({ kind: 'cancelled', text: 'half' });
  expect(deliveries.active).toBe(0);
  expect(launcher.named('agent-1').wire?.sent).toContainEqual(expect.objectContaining({ method: 'session/cancel' }));
  await eventually(async () => expect((await sessions.get(sessionId)).session.status).toBe('ready'), 10_000);
});
