import { join } from 'node:path';
import type { Keys } from '../core/redis/keys.js';
import type { BuildOptions } from './build-options.js';
import type { ConfigSource } from './config/config-source.js';
import type { DataDir } from './data-dir.js';
import type { DeskSlot } from './desk-slot.js';
import type { Hold } from './hold/hold.js';
import { IncidentFile } from './incidents/incident-file.js';
import { IncidentList } from './incidents/incident-list.js';
import { Incidents } from './incidents/incidents.js';
import type { Phase } from './phase.js';
import type { FileReserve } from './process/file-reserve.js';
import type { Launcher } from './process/types.js';
import { QueueBoards } from './queues/queue-boards.js';
import { Reporter, type ReporterOptions } from './reporter.js';
import { localWorkers } from './workers/local-workers.js';

type Told = 'state' | 'activity' | 'metrics' | 'pool' | 'redis' | 'workers' | 'services' | 'history';

/** The rooms that are told of. */
export interface ReportRooms extends Pick<ReporterOptions, Told> {
  readonly phase: Readonly<Phase>;
  readonly keys: Keys;
  readonly launcher: Launcher;
  readonly files: FileReserve;
  readonly hold: Hold;
  readonly desk: DeskSlot;
}

/** What tells people about the rest. */
export interface Report {
  readonly incidents: Incidents;
  readonly boards: QueueBoards;
  readonly reporter: Reporter;
}

export function buildReport(options: BuildOptions, dataDir: DataDir, source: ConfigSource, rooms: ReportRooms): Report {
  const { clock, log, version } = options;
  const { phase, keys, launcher, files, hold, desk, state, activity, metrics, pool, redis, workers, services, history } = rooms;
  const incidents = new Incidents({
    clock,
    log: log.child('incidents'),
    file: new IncidentFile({ path: join(dataDir.path, 'incidents.jsonl') }),
    list: new IncidentList({ clock, key: keys.incidents }),
    redis: () => (redis.view().state === 'running' ? desk.current?.connection : undefined),
    logFor: (process) => launcher.logFor(process),
    jobsInHand: (process) => workers.jobsInHand(process === 'redis' ? undefined : process),
  });
  const boards = new QueueBoards({
    node: dataDir.node,
    keys,
    clock,
    tallies: () => history.tallies,
    locals: () => localWorkers(workers.hosts),
  });
  const reporter = new Reporter({
    state,
    activity,
    metrics,
    pool,
    redis,
    workers,
    services,
    history,
    clock,
    log,
    version,
    doorNotes: options.notes ?? [],
    boards,
    incidents,
    hold: () => hold.view,
    desk: () => desk.current,
    config: source,
    starting: () => phase.starting,
    stopping: () => phase.stopping,
    safeMode: () => phase.safeMode,
    filesShort: () => files.short,
  });
  return { incidents, boards, reporter };
}
