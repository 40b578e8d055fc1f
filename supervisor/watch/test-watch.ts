import { configSchema, type WatchConfig } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import type { Clock } from '../../core/base/clock.js';
import { systemClock } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import type { Redis } from '../../core/redis/connection.js';
import { keysFor } from '../../core/redis/keys.js';
import { DirectoryScanner } from './directory-scanner.js';
import { Intake, type JobIntake } from './intake.js';
import { IssuesScanner } from './issues-scanner.js';
import { LogScanner } from './log-scanner.js';
import { RejectFile } from './reject-file.js';
import type { Scanner } from './scan.js';
import { type Commit, type Counts, WatchLedger } from './watch-ledger.js';

/** Thrown where a test lets the process die: nothing after it happens, and nothing of the memory survives. */
export class Crash extends Error {}

/** Dies at the n-th step, before or after what the step does. */
export class CrashPoint {
  left = Number.POSITIVE_INFINITY;

  async step<T>(act: () => Promise<T>): Promise<T> {
    this.left -= 1;
    if (this.left === 0) throw new Crash('before');
    const result = await act();
    this.left -= 0.5;
    if (this.left > 0 && this.left < 1) throw new Crash('after');
    this.left += 0.5;
    return result;
  }
}

/** Queues in memory: an id that is known adds nothing, as the real ones with a mark do. */
export class FakeQueues implements JobIntake {
  readonly jobs = new Map<string, unknown>();
  readonly states = new Map<string, string>();
  readonly crash = new CrashPoint();
  waitingJobs = 0;
  refuse: (data: unknown) => string | undefined = () => undefined;
  refusedField = 'data';
  problem: Error | undefined;

  addJob(_queue: string | undefined, _name: string, data: unknown, options: { readonly jobId?: string }): Promise<{ id: string; queue: string }> {
    return this.crash.step(async () => {
      if (this.problem !== undefined) throw this.problem;
      const reason = this.refuse(data);
      if (reason !== undefined) throw new RoostError('bad-request', reason, { field: this.refusedField });
      const id = options.jobId ?? '';
      if (!this.jobs.has(id)) this.jobs.set(id, data);
      return { id, queue: 'q' };
    });
  }

  readonly unmarked: string[] = [];
  unmark = async (_queue: string | undefined, _handler: string, jobIds: readonly string[]): Promise<void> => void this.unmarked.push(...jobIds);
  waiting = async (): Promise<number> => this.waitingJobs;
  stateOf = async (_queue: string | undefined, _handler: string, jobId: string): Promise<string> => this.states.get(jobId) ?? 'waiting';
}

class CrashingLedger extends WatchLedger {
  crash: CrashPoint | undefined;
  override commit(commit: Commit, before: Counts): Promise<Counts> {
    return this.crash === undefined ? super.commit(commit, before) : this.crash.step(() => super.commit(commit, before));
  }
}

export const watchConfig = (config: Record<string, unknown>): WatchConfig =>
  configSchema.parse({ watch: { inbox: { handler: 'command', settle: '0ms', ...config } } }).watch['inbox'] as WatchConfig;

/** A fresh process: it knows only what Redis and the disk tell it. */
export async function freshScanner(options: {
  readonly redis: Redis;
  readonly path: string;
  readonly config: WatchConfig;
  readonly queues: FakeQueues;
  readonly dataDir: string;
  readonly clock?: Clock;
}): Promise<Scanner & { readonly shared: { counts: Counts } }> {
  const { redis, path, config, queues, dataDir, clock = systemClock } = options;
  const ledger = new CrashingLedger({ redis, keys: keysFor('test'), clock, node: 'n1', name: 'inbox' });
  const counts = await ledger.counts();
  ledger.crash = queues.crash;
  const intake = new Intake({ name: 'inbox', config, jobs: queues, everTaken: counts.queued > 0 });
  const rejects = new RejectFile({ path, dataDir, name: 'inbox', log: silentLog });
  const shared = { config, path, folder: path, ledger, intake, rejects, clock, log: silentLog, counts };
  const scanner = config.kind === 'directory' ? new DirectoryScanner(shared) : config.kind === 'jsonl' ? new LogScanner(shared) : new IssuesScanner(shared);
  return Object.assign(scanner, { shared });
}

export const never = new AbortController().signal;
