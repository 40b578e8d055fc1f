import type { Config } from '../../contract/config.js';
import type { QueueRate } from './rates.js';

/** What has to be changed so that the queues have the rates of the config: `applied` is what an earlier round set. */
export function ratesToSet(
  applied: Readonly<Record<string, QueueRate>>,
  queues: Config['queues'],
): readonly (readonly [queue: string, rate: QueueRate | null])[] {
  const wanted = wantedRates(queues);
  const gone = Object.keys(applied).filter((queue) => wanted[queue] === undefined);
  const changed = Object.entries(wanted).filter(([queue, rate]) => applied[queue]?.max !== rate.max || applied[queue]?.everyMs !== rate.everyMs);
  return [...changed, ...gone.map((queue) => [queue, null] as const)];
}

export const wantedRates = (queues: Config['queues']): Record<string, QueueRate> =>
  Object.fromEntries(
    Object.entries(queues).flatMap(([queue, { rate }]) => (rate === undefined ? [] : [[queue, { max: rate.max, everyMs: rate.every }] as const])),
  );
