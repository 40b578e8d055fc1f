import { join } from 'node:path';
import type { RoostError } from '../contract/errors.js';
import type { Clock } from '../core/base/clock.js';
import { within } from '../core/base/deadline.js';
import type { Log } from '../core/base/log.js';
import type { Keys } from '../core/redis/keys.js';
import type { DataDir } from './data-dir.js';
import type { Desk } from './desk.js';
import { Hold, type Victim } from './hold/hold.js';
import { HoldStore } from './hold/hold-store.js';
import { kindOf, victimsOf } from './hold/victims.js';
import type { WarmPool } from './pool/warm-pool.js';
import { bootId, sameProcess } from './process/identity.js';
import { readProcessTable } from './process/proc-stat.js';
import { signalExactly } from './process/tree.js';
import type { Launcher } from './process/types.js';
import { isOfNode } from './queues/recovery.js';
import type { WorkerFleet } from './workers/worker-fleet.js';

export interface HoldParts {
  readonly dataDir: DataDir;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly log: Log;
  readonly pool: WarmPool;
  readonly workers: WorkerFleet;
  readonly launcher: Pick<Launcher, 'live'>;
  desk(): Desk | undefined;
  refusal(): RoostError | undefined;
}

const why = 'emergency stop by a person';
/** For what is left after the kill to be seen ended. */
const killWithinMs = 3_000;

/** The emergency stop over this node's queues, agents and workers. */
export function buildHold({ dataDir, keys, clock, log, pool, workers, launcher, desk, refusal }: HoldParts): Hold {
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
    aim: async () => {
      const first = await atWork();
      return async () => strike([...first, ...(await atWork())]);
    },
    lives: sameProcess,
  });

  // A worker without a job goes on.
  async function atWork(): Promise<Victim[]> {
    return victimsOf(
      launcher.live.filter((one) => kindOf(one) !== 'worker'),
      await readProcessTable(),
      bootId(),
    );
  }

  async function strike(trees: readonly Victim[]): Promise<Victim[]> {
    const [, hosts] = await Promise.all([pool.killAll(why), workers.killHolding(why)]);
    // Most ended with the agent or the worker they worked for.
    const left = launcher.live.filter((one) => ['command', 'handler'].includes(kindOf(one) ?? ''));
    await within(clock, killWithinMs, Promise.all(left.map((one) => one.terminate('deliberate', why, { termAfterMs: 0, killAfterMs: 0 }))));
    // They were below one of ours when we looked: that is proof enough, wherever they moved to.
    for (const { identity } of trees) if (identity !== null) signalExactly(identity, 'SIGKILL');
    return [
      ...new Map([...trees, ...hosts.map((host) => ({ kind: 'worker' as const, ...host }))].map((one) => [`${one.name} ${one.identity?.pid}`, one])).values(),
    ];
  }
}
