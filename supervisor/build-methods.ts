import { join } from 'node:path';
import type { Config } from '../contract/config.js';
import type { Trust } from './build-trust.js';
import type { Handlers } from './core.js';
import type { DeskSlot } from './desk-slot.js';
import type { HandlerParts } from './handler-parts.js';
import { createHandlers } from './handlers.js';
import type { ProcessLauncher } from './process/launcher.js';
import { controlOf, redisControl } from './process-control.js';
import type { RedisHost } from './redis/redis-host.js';
import type { RedisCare } from './redis-care.js';
import type { Reporter } from './reporter.js';
import type { Services } from './services/services.js';

type Room = 'pool' | 'workers' | 'work' | 'hold' | 'incidents' | 'history' | 'schedules' | 'watches' | 'keys';

/** The rooms that serve the methods of the contract. */
export interface MethodRooms extends Pick<HandlerParts, Room> {
  readonly launcher: ProcessLauncher;
  readonly redis: RedisHost;
  readonly services: Services;
  readonly reporter: Reporter;
  readonly care: RedisCare;
  readonly trust: Trust;
  readonly desk: DeskSlot;
}

export interface MethodParts extends Pick<HandlerParts, 'clock' | 'liveKit' | 'login' | 'boards' | 'touched'> {
  readonly config: Config;
  readonly dataDir: string;
  readonly rooms: MethodRooms;
}

/** Every method of the contract, bound to the room that serves it. */
export function buildMethods({ config, dataDir, rooms, clock, liveKit, login, boards, touched }: MethodParts): Handlers {
  const { launcher, redis, pool, workers, work, services, reporter, hold, incidents, history, care, trust, schedules, watches, keys, desk } = rooms;
  return createHandlers({
    liveKit,
    login,
    isVoice: (template) => config.templates[template]?.protocol === 'none',
    launcher,
    logs: { dir: join(dataDir, 'logs'), flush: () => launcher.flush() },
    pool,
    workers,
    work,
    controls: () => [redisControl(redis), ...workers.hosts.map((host) => controlOf(host.process, () => host.view())), ...services.controls()],
    health: () => reporter.health(),
    fresh: () => reporter.fresh(),
    freshUsage: () => reporter.freshUsage(),
    processes: () => reporter.processes(),
    poolView: () => reporter.poolView(),
    hold,
    incidents,
    history,
    boards,
    backups: care.backups,
    ...trust,
    schedules,
    watches,
    clock,
    keys,
    restore: (file) => care.restore(file),
    desk: () => desk.require(),
    touched,
  });
}
