import { join } from 'node:path';
import type { RoostError } from '../contract/errors.js';
import type { Clock } from '../core/base/clock.js';
import type { Log } from '../core/base/log.js';
import type { Keys } from '../core/redis/keys.js';
import type { DataDir } from './data-dir.js';
import type { Desk } from './desk.js';
import { Hold } from './hold/hold.js';
import { HoldStore } from './hold/hold-store.js';
import type { WarmPool } from './pool/warm-pool.js';
import { sameProcess } from './process/identity.js';
import { isOfNode } from './queues/recovery.js';
import type { WorkerFleet } from './workers/worker-fleet.js';

export interface HoldParts {
  readonly dataDir: DataDir;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly log: Log;
  readonly pool: WarmPool;
  readonly workers: WorkerFleet;
  desk(): Desk | undefined;
  refusal(): RoostError | undefined;
}

const why = 'emergency stop by a person';

/** The emergency stop over this node's queues, agents and workers. */
export function buildHold({ dataDir, keys, clock, log, pool, workers, desk, refusal }: HoldParts): Hold {
  const { node } = dataDir;
  return new Hold({
    clock,
    log,
    store: new HoldStore({ file: join(dataDir.path, 'hold.json'), clock, key: keys.hold, node }),
    desk,
    refusal,
    ours: (job, queue) => isOfNode(job, queue, node),
    pool: {
      hold: (on) => pool.hold(on),
      busy: () => pool.view(0).slots.flatMap((slot) => (slot.state === 'busy' ? [{ name: slot.agentId, pid: slot.pid }] : [])),
    },
    kill: async () => {
      const [agents, hosts] = await Promise.all([pool.killAll(why), workers.killHolding(why)]);
      return [...agents.map((agent) => ({ kind: 'agent' as const, ...agent })), ...hosts.map((host) => ({ kind: 'worker' as const, ...host }))];
    },
    lives: sameProcess,
  });
}
