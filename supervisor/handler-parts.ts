import type { Health, PoolView, ProcessView } from '../contract/state.js';
import type { Clock } from '../core/base/clock.js';
import type { Keys } from '../core/redis/keys.js';
import type { Approvals } from './approvals/approvals.js';
import type { AuditLog } from './approvals/audit-log.js';
import type { WriteJournal } from './approvals/files/write-journal.js';
import type { ScheduleRoom } from './build-schedules.js';
import type { Desk } from './desk.js';
import type { HandlerRooms } from './handler-pool/build-handlers.js';
import type { JobHistory } from './history/job-history.js';
import type { Hold } from './hold/hold.js';
import type { Incidents } from './incidents/incidents.js';
import type { LoginDoor } from './login-door.js';
import type { WarmPool } from './pool/warm-pool.js';
import type { Launcher } from './process/types.js';
import type { ProcessControl } from './process-control.js';
import type { ProviderDesk } from './providers/provider-desk.js';
import type { QueueBoards } from './queues/queue-boards.js';
import type { RedisBackups } from './redis/backup/redis-backups.js';
import type { Restored } from './redis/backup/restore.js';
import type { LiveKit } from './voice/livekit.js';
import type { Watches } from './watch/watches.js';
import type { WorkerFleet } from './workers/worker-fleet.js';

/** What the handlers of methods work with. */
export interface HandlerParts {
  readonly launcher: Launcher;
  /** Where logs lie, and how to have everything in the files. */
  readonly logs: { readonly dir: string; flush(): Promise<void> };
  readonly pool: WarmPool;
  readonly workers: WorkerFleet;
  readonly work: HandlerRooms;
  /** Services come and go with the config. */
  controls(): readonly ProcessControl[];
  readonly hold: Hold;
  readonly incidents: Incidents;
  readonly history: JobHistory;
  readonly boards: QueueBoards;
  /** Undefined for a Redis that somebody else runs. */
  readonly backups: RedisBackups | undefined;
  /** Whatever a person stops, changes or removes is recorded here first; it rejects when that cannot be done. */
  readonly audit: AuditLog;
  readonly approvals: Approvals;
  readonly journal: WriteJournal;
  readonly providers: ProviderDesk;
  readonly schedules: ScheduleRoom;
  readonly watches: Pick<Watches, 'views'>;
  readonly clock: Clock;
  readonly liveKit: LiveKit;
  readonly login: LoginDoor;
  /** Whether agents of a template are programs without a protocol, whose sessions are rooms. */
  isVoice(template: string): boolean;
  readonly keys: Keys;
  restore(file: string): Promise<Restored>;
  health(): Health;
  /** Resolves, in good time, when what only a look can know is as it is now. */
  fresh(): Promise<void>;
  /** The same of memory and processor of the processes. */
  freshUsage(): Promise<void>;
  processes(): ProcessView[];
  poolView(): PoolView;
  /** Everything that needs Redis; throws `redis-unavailable` or `shutting-down` while it is not open. */
  desk(): Desk;
  /** Called after every act of a person on a process, so that the screen moves at once. */
  touched(process: string, act: string): void;
}
