import type { Clock, Random } from '../base/clock.js';
import type { Log } from '../base/log.js';
import type { Redis } from '../redis/connection.js';
import type { Keys } from '../redis/keys.js';

/** What a handler gets beside its data. One is made per attempt. */
export interface HandlerJob<Data> {
  readonly id: string;
  /** The handler's name. */
  readonly name: string;
  readonly queue: string;
  /** Checked against the schema of the handler. */
  readonly data: Data;
  /** 1 at the first try. */
  readonly attempt: number;
  readonly maxAttempts: number;
  /** Aborts at the soft deadline, when somebody cancels, and when the worker must give the job back; the reason says which. */
  readonly signal: AbortSignal;
  /** A line in the job's own log, kept with it. */
  log(text: string): void;
  /** A sign that it moves: `fraction` 0..1, or none where the end is not known. */
  progress(fraction: number | null, text?: string): void;
  /** Announces that nothing will be heard for this long, on purpose: a job that says nothing for a minute counts as stalled. */
  quiet(forMs: number): void;
  /**
   * Records an effect once, however often the job is started: answers with the value recorded first. Rejects with
   * `conflict` when the job was given up and started again meanwhile: then this start must change nothing more.
   */
  commit(effect: string, value: unknown): Promise<unknown>;
}

/** What a handler may use; the same for all jobs of one process. */
export interface HandlerTools {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly node: string;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Variables handlers were given by name; never the whole environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Calls a method of the contract in the supervisor, e.g. `coordinator.get`; rejects with a RoostError. */
  ask(method: string, params: unknown): Promise<unknown>;
}

/** A result a person can read: shown as a report on the screen when it has this shape. Markdown without HTML. */
export interface Report {
  readonly title: string;
  readonly summary: string;
  readonly markdown: string;
  /** Numbers of this run, for trends. */
  readonly figures?: Readonly<Record<string, number>>;
}

/** The work of one kind of job. What it throws is the failure of this attempt. */
export type RunHandler<Data> = (job: HandlerJob<Data>, tools: HandlerTools) => Promise<Report | Readonly<Record<string, unknown>> | undefined>;
