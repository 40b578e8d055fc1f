import type { RestClient } from './host.js';
import { until } from './processes.js';

const program = new URL('../fixtures/agents/good.mjs', import.meta.url).pathname;

/** A pool of agents that wait for a cancel when they are told to `wait`, and echo whatever else they are told. */
export const patientConfig = (size: number): string => `
templates:
  patient: { protocol: acp, command: [node, ${JSON.stringify(program)}] }
pool: { template: patient, size: ${size} }
sessions: { startsPerMinute: 1000 }
`;

/** A turn that waits until somebody ends it; perhaps in line still. */
export const queuedTurn = async (api: RestClient, session: string): Promise<string> =>
  (await api.post(`/api/session/${session}/turns`, { text: 'wait' })).body.turnId;

export const runningTurn = (api: RestClient, id: string): Promise<unknown> =>
  until(`turn ${id} to run`, async () => (await api.get(`/api/turns/${id}`)).body.turn.status === 'running');

/** A turn that runs until somebody ends it. */
export async function longTurn(api: RestClient, session: string): Promise<string> {
  const id = await queuedTurn(api, session);
  await runningTurn(api, id);
  return id;
}

/** A host that was ended in mid-turn has started again: the turn goes on, and is taken back. */
export async function goesOn(api: RestClient, id: string): Promise<void> {
  await until('the turn to be at work again', async () => ['queued', 'running'].includes((await api.get(`/api/turns/${id}`)).body.turn.status));
  await api.call('DELETE', `/api/turns/${id}`);
}
