import { expect, it } from 'vitest';
import { silentLog } from '../core/base/log.js';
import { ManualClock } from '../core/base/manual-clock.js';
import type { Ended } from '../core/jobs/ended.js';
import { DeadWorkers, type DeadWorkersOptions } from './dead-workers.js';
import type { JobFacts } from './queues/recovery.js';

/** Two queues; what is said of them and of the turns is noted. */
function world(poisoned: readonly JobFacts[] = []) {
  const told: string[] = [];
  const history: Ended[] = [];
  const options = {
    registry: {
      names: ['turns', 'analysis'],
      queue: (name: string) => ({ toKey: () => `q:${name}:` }),
      requeueActive: async (queue: string, { predicate, countsAsDeath }: { predicate: (job: JobFacts) => boolean; countsAsDeath: boolean }) => {
        const active: JobFacts[] = [
          { id: 'a', name: 'x', data: {}, processedBy: 'n1.dead' },
          { id: 'b', name: 'x', data: {}, processedBy: 'n1.alive' },
        ];
        told.push(`${queue} ${countsAsDeath ? 'counts' : 'forgives'}`);
        return { requeued: active.filter(predicate).map(({ id }) => id), poisoned: queue === 'turns' ? poisoned : [], tookMs: 1 };
      },
    },
    turns: {
      end: async (id: string, { status, error }: { status: string; error: { code: string } }) => {
        told.push(`turn ${id} ${status} ${error.code}`);
        return { turn: { id }, next: null };
      },
    },
    feed: { publish: ({ id }: { id: string }) => told.push(`shown ${id}`) },
    history: {
      tell: async (_redis: unknown, ended: Ended) => void history.push(ended),
      completeFor: async (_redis: unknown, sources: readonly { queue: string }[], isDead: (worker: string, queue: string) => boolean) => {
        for (const { queue } of sources) told.push(`untold of ${queue}: ${['n1.dead', 'n1.alive'].filter((worker) => isDead(worker, queue)).join()}`);
      },
    },
    node: 'n1',
    clock: new ManualClock(),
    log: silentLog,
    onRequeued: (queue: string, requeued: number, setAside: number) => told.push(`${queue}: ${requeued} back, ${setAside} aside`),
  };
  return { told, history, dead: new DeadWorkers(options as unknown as DeadWorkersOptions) };
}

it('puts the jobs of the dead back, queue by queue, says how many, and looks for the ends they did not tell', async () => {
  const { told, history, dead } = world();
  await dead.requeue((job) => job.processedBy === 'n1.dead', false);
  expect(told).toEqual([
    'turns forgives',
    'turns: 1 back, 0 aside',
    'analysis forgives',
    'analysis: 1 back, 0 aside',
    'untold of turns: n1.dead',
    'untold of analysis: n1.dead',
  ]);
  expect(history).toEqual([]);
});

it('ends the turn of a job that is poison, shows it and writes it down; one without a turn is only written down', async () => {
  const { told, history, dead } = world([
    { id: 'bad', name: 'turn', data: { turnId: 'bad', sessionId: 's' }, processedBy: 'n1.dead' },
    { id: 'odd', name: 'x', data: {}, processedBy: 'n1.dead' },
  ]);
  await dead.requeue(() => true, true);
  expect(told.slice(0, 4)).toEqual(['turns counts', 'turns: 2 back, 2 aside', 'turn bad failed poison', 'shown bad']);
  expect(told.filter((line) => line.startsWith('turn ') || line.startsWith('shown'))).toHaveLength(2);
  expect(history.map(({ i, o, c }) => [i, o, c])).toEqual([
    ['bad', 'failed', 'poison'],
    ['odd', 'failed', 'poison'],
  ]);
});
