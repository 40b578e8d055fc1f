import type { Config } from '../contract/config.js';
import { RoostError } from '../contract/errors.js';
import type { Clock, Random } from '../core/base/clock.js';
import type { Log } from '../core/base/log.js';
import type { Keys } from '../core/redis/keys.js';
import type { DataDir } from './data-dir.js';
import type { DeskOptions } from './desk.js';
import { DeskSlot } from './desk-slot.js';
import type { HandlerRooms } from './handler-pool/build-handlers.js';
import type { Incidents } from './incidents/incidents.js';
import type { RedisCare } from './redis-care.js';
import type { Reporter } from './reporter.js';
import type { PeopleSigns } from './sessions/people-signs.js';
import type { StateStore } from './state/state-store.js';
import type { LiveKit } from './voice/livekit.js';
import type { WorkerFleet } from './workers/worker-fleet.js';

/** Whom the desk works with; read when it opens, since most are built after it. */
export interface DeskRooms extends Pick<DeskOptions, 'redis' | 'pool' | 'launcher' | 'history'> {
  readonly state: StateStore;
  readonly workers: WorkerFleet;
  readonly work: HandlerRooms;
  readonly incidents: Pick<Incidents, 'requeued'>;
  readonly reporter: Pick<Reporter, 'turnEnded'>;
  readonly care: Pick<RedisCare, 'restoring'>;
}

export interface DeskParts {
  readonly config: Config;
  readonly dataDir: DataDir;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly people: PeopleSigns;
  readonly liveKit: Pick<LiveKit, 'roomOfAgent'>;
  stopping(): boolean;
  rooms(): DeskRooms;
}

/** The place for the desk, and what it gets each time it opens. */
export function buildDesk({ config, dataDir, keys, clock, random, log, people, liveKit, stopping, rooms }: DeskParts): DeskSlot {
  return new DeskSlot({
    clock,
    log,
    desk: () => {
      const { redis, pool, launcher, history, state, work, workers, incidents } = rooms();
      return {
        config,
        node: dataDir.node,
        roomOf: (agentId) => liveKit.roomOfAgent(agentId),
        dataDir: dataDir.path,
        keys,
        handler: (name) => work.catalogue.get(name),
        redis,
        pool,
        launcher,
        clock,
        random,
        log,
        history,
        people,
        load: () => ({ waiting: state.state.health.queues['turns']?.waiting ?? 0, concurrency: workers.concurrency('turns') }),
        tellWorkers: (message) => workers.tell(message),
        cancelJob: (queue, id) => workers.cancelJob(queue, id),
        onRequeued: (queue, count, setAside) => incidents.requeued(queue, count, setAside),
      };
    },
    onTurnEnded: (turn) => rooms().reporter.turnEnded(turn),
    refusal: () => {
      if (stopping()) return new RoostError('shutting-down', 'Roost is stopping and takes no new work.');
      if (!rooms().care.restoring) return undefined;
      return new RoostError('redis-unavailable', 'A backup of Redis is being restored; try again in a moment.', { retryAfterMs: 2_000 });
    },
  });
}
