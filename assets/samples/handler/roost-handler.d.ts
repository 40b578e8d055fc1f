/** What a handler of Roost gets and gives. Types only: nothing of this is loaded. */

export interface HandlerJob<Data> {
  readonly id: string;
  readonly name: string;
  readonly queue: string;
  /** What `check` gave back. */
  readonly data: Data;
  /** 1 at the first try. */
  readonly attempt: number;
  readonly maxAttempts: number;
  /** Aborts at the soft deadline, when somebody cancels, and when the job goes back in line. Throw its reason, or end as you like. */
  readonly signal: AbortSignal;
  /** A line in the job's own log. */
  log(text: string): void;
  /** A sign that it moves: 0..1, or null where the end is not known. A job that says nothing for a minute counts as stalled. */
  progress(fraction: number | null, text?: string): void;
  /** Nothing will be heard for this long, on purpose. */
  quiet(forMs: number): void;
  /** Records an effect once, however often the job is started: answers with the value recorded first. Rejects when the job was given up meanwhile. */
  commit(effect: string, value: unknown): Promise<unknown>;
}

export interface HandlerTools {
  /** An ioredis connection to the Redis of Roost. */
  readonly redis: unknown;
  readonly node: string;
  readonly dataDir: string;
  /** The variables named in `handlers.variables`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Calls a method of Roost, e.g. `health.get`. */
  ask(method: string, params: unknown): Promise<unknown>;
}

/** A result that the screen shows as a report. Markdown without HTML. */
export interface Report {
  readonly title: string;
  readonly summary: string;
  readonly markdown: string;
  readonly figures?: Readonly<Record<string, number>>;
}

/** The default export of a handler file. Its jobs have the name of the file. */
export interface Handler<Data> {
  readonly summary: string;
  /** Where its jobs go unless somebody says otherwise; `analysis` when left out. */
  readonly queue?: string;
  /** Asked to end after this long (60,000 when left out), ended with everything it started after `hardMs` (120,000). */
  readonly softMs?: number;
  readonly hardMs?: number;
  /** `none`: one try; `standard`: three, after 5 s and 15 s; `patient`: six, up to 10 min apart. */
  readonly retry?: 'none' | 'standard' | 'patient';
  /** Takes the data as they came and gives them back as the handler wants them; throws to say what is wrong. */
  check?(data: unknown): Data;
  run(job: HandlerJob<Data>, tools: HandlerTools): Promise<Report | Readonly<Record<string, unknown>> | undefined>;
}
