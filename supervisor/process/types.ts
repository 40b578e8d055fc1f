import type { Readable, Writable } from 'node:stream';
import type { ExitCause, ExitView, processKinds } from '../../contract/state.js';

export type ProcessKind = (typeof processKinds)[number];

/**
 * What to run. An `entry` is one of our own programs (built beside this file's bundle): the door
 * decides how Node is started. A `command` is any program on this machine, argv only, never a shell.
 */
export interface Launch {
  readonly name: string;
  readonly kind: ProcessKind;
  readonly program:
    | { readonly entry: 'queue-worker' | 'agent' | 'handler-process'; readonly args: readonly string[] }
    | { readonly command: readonly [string, ...string[]] };
  readonly cwd?: string;
  /** Added to the allow-listed base environment (see child-environment.ts). */
  readonly env: Readonly<Record<string, string>>;
  /** `text` is written and then stdin is closed: a way to hand over a config without a file or argv. */
  readonly stdin: 'none' | 'pipe' | { readonly text: string };
  /**
   * `messages`: a structured channel to our own code (Node IPC or a utility process's port).
   * `lines`: newline-delimited JSON on stdin and stdout; in the desktop app our own entries get the same
   * objects over their port, since a utility process has no stdin.
   */
  readonly wire: 'none' | 'messages' | 'lines';
  /** Where it is expected to listen: programs that find their port taken do not always say which. */
  readonly port?: number;
  /** What its tree may use. Measured everywhere; Windows is told as well, so that it refuses memory far beyond. */
  readonly memoryBytes?: number;
  /** Asked for each line of its output, before it is kept: true when it was meant for Roost and is no log. */
  readonly takes?: (line: string) => boolean;
  /** Takes the bytes of stdout and stderr instead of the log: for a program whose output is the answer to somebody. */
  readonly capture?: {
    chunk(chunk: Buffer): void;
    /** Nothing more comes; soon after the exit, also when a grandchild holds the pipe. */
    end(): void;
  };
}

/** A bounded two-way stream of JSON values to one child. A violation (too long, not JSON) closes it with a reason. */
export interface Wire {
  /** Throws RoostError `too-large` or `protocol` for a value that cannot go over lines; after the close it does nothing. */
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): () => void;
  /** The child broke the rules or the pipe ended; fires once. */
  onClose(listener: (reason: { readonly kind: 'ended' | 'violation'; readonly message: string }) => void): () => void;
  close(): void;
}

/** One spawned operating-system process, as raw as a door can give it. */
export interface RawChild {
  /** Undefined when the spawn failed: then `onError` fires and `onExit` never does. Also undefined until `onSpawn` fires, where that exists. */
  readonly pid: number | undefined;
  /**
   * Present where the pid is not known when `spawn` returns (a utility process of the desktop app): fires
   * once with it, before any output or message. Identity and ledger entry are written then.
   */
  onSpawn?(listener: (pid: number) => void): void;
  /** False where the child lives in our own process group (a utility process): signals go to its pid and its descendants, never to `-pid`. */
  readonly leadsGroup?: boolean;
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /** Present for `messages`, and for `lines` where the door carries lines as messages. */
  readonly port: { post(message: unknown): void; onMessage(listener: (message: unknown) => void): void } | null;
  onExit(listener: (code: number | null, signal: string | null) => void): void;
  onError(listener: (error: Error) => void): void;
}

/** How a door starts processes: child_process headless; utilityProcess for entries in the desktop app. May throw synchronously. */
export interface Spawner {
  spawn(launch: Launch, env: Readonly<Record<string, string>>): RawChild;
  /** Makes the next start of a program faster. Asked for in a quiet moment; `env` is what every child is given. */
  prepare?(env: Readonly<Record<string, string>>): void;
  /** Ends what was prepared. */
  dismiss?(): void;
}

/** Who a pid really is: a pid alone is reused by the system. `startedAt` is the kernel's own start mark, opaque text. */
export interface Identity {
  readonly pid: number;
  readonly startedAt: string;
  readonly bootId: string;
}

export interface StopLadder {
  /** Sent over the wire first, when set (a text to a program without a wire is a line of its input); lets programs end cleanly on every system. */
  readonly message?: unknown;
  /** The polite signal; SIGTERM when not set. Systems without signals know none. */
  readonly signal?: NodeJS.Signals;
  /** That signal this long after the message. */
  readonly termAfterMs: number;
  /** SIGKILL to the whole tree this long after the start of stopping. */
  readonly killAfterMs: number;
}

export const defaultStopLadder: StopLadder = { termAfterMs: 0, killAfterMs: 5_000 };

export interface LogLine {
  readonly seq: number;
  readonly atMs: number;
  readonly stream: 'out' | 'err' | 'roost';
  readonly text: string;
}

/** The last lines of one named process across its incarnations, also written to `<data-dir>/logs/<name>.log` with rotation. */
export interface LogTail {
  readonly dropped: number;
  /** Lines with seq > afterSeq (all when undefined), the newest `limit` of them, oldest first. */
  read(limit: number, afterSeq?: number): readonly LogLine[];
  /** Resolves true when a line after `afterSeq` exists, false at the deadline or abort. */
  waitFor(afterSeq: number, waitMs: number, signal?: AbortSignal): Promise<boolean>;
  /** A line of Roost's own about this process ("started", "killed because …"). */
  note(text: string): void;
  onLine(listener: (line: LogLine) => void): () => void;
}

/** One life of a process, from spawn to exit. */
export interface Incarnation {
  readonly launch: Launch;
  readonly number: number;
  readonly pid: number | null;
  readonly identity: Identity | null;
  readonly spawnedAtMs: number;
  readonly wire: Wire | null;
  readonly log: LogTail;
  /** Resolves once, when the exit is seen (also for a failed spawn); never rejects. */
  readonly exited: Promise<ExitView>;
  /** The exit when already seen. */
  readonly exit: ExitView | null;
  /** Walks the ladder over the whole tree; the first cause given wins. Resolves when the exit is seen. Idempotent. */
  terminate(cause: ExitCause, why: string, ladder?: Partial<StopLadder>): Promise<ExitView>;
}

/** Spawns with environment, containment, ledger entry, log capture and wire attached before anything can happen. Never throws: a failed spawn is an Incarnation that has exited with cause `spawn-failed`. */
export interface Launcher {
  launch(launch: Launch, number: number): Incarnation;
  logFor(name: string): LogTail;
  /** Drops the in-memory tail of a name that will not come back (an agent that is gone). */
  forget(name: string): void;
  /** Every incarnation not yet exited. */
  readonly live: readonly Incarnation[];
}
