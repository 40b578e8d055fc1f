import type { ExitCause, ExitView } from '../../contract/state.js';
import type { Clock, Timer } from '../../core/base/clock.js';
import { within } from '../../core/base/deadline.js';
import type { Log } from '../../core/base/log.js';
import { ChildIdentity } from './child-identity.js';
import { ChildOutput } from './child-output.js';
import { ChildTree } from './child-tree.js';
import { type AskedEnd, exitReason, spawnFailure } from './exit-reason.js';
import { Inquest, type Witnesses } from './inquest.js';
import type { Ledger } from './ledger.js';
import type { Left, Leftovers } from './leftovers.js';
import { createLineWire } from './line-wire.js';
import type { ProcessLog } from './log-tail.js';
import { createPortWire } from './port-wire.js';
import { Termination } from './terminate.js';
import type { KillStage } from './tree.js';
import { defaultStopLadder, type Identity, type Incarnation, type Launch, type RawChild, type Spawner, type StopLadder, type Wire } from './types.js';

export interface IncarnationParts {
  readonly launch: Launch;
  readonly number: number;
  readonly incarnationId: string;
  readonly env: Readonly<Record<string, string>>;
  readonly spawner: Spawner;
  readonly ledger: Ledger;
  readonly log: ProcessLog;
  readonly roostLog: Log;
  readonly clock: Clock;
  readonly onExit: () => void;
  readonly witnesses: Witnesses;
  readonly leftovers: Pick<Leftovers, 'exited'>;
}

/** Output may trail the exit a little; a grandchild that holds the pipe must not hold us. */
const outputGraceMs = 500;
/** A machine that cannot be looked at in that time does not keep anybody from ending. */
const lookWithinMs = 200;
/** A spawn that tells neither a pid nor an error. */
const silentSpawnMs = 10_000;

/** One life of one process: everything is attached before the first event can come. */
export class ChildIncarnation implements Incarnation {
  readonly launch: Launch;
  readonly number: number;
  readonly spawnedAtMs: number;
  readonly log: ProcessLog;
  readonly exited: Promise<ExitView>;
  readonly #parts: IncarnationParts;
  readonly #termination: Termination;
  #resolveExit: (exit: ExitView) => void = () => undefined;
  #raw: RawChild | null = null;
  readonly #self: ChildIdentity;
  #wire: (Wire & { ended(message: string): void }) | null = null;
  #asked: AskedEnd | null = null;
  #exit: ExitView | null = null;
  /** The exit is seen, its reason perhaps still being read. From here on no signal may be sent: the pid is free for anyone. */
  #gone = false;
  readonly #inquest: Inquest;
  /** The look at its tree before it was told to end. */
  #looked: Promise<void> = Promise.resolve();
  readonly #tree = new ChildTree(() => this.#raw?.leadsGroup !== false);
  readonly #output: ChildOutput;
  #silent: Timer | undefined;

  constructor(parts: IncarnationParts) {
    this.#parts = parts;
    this.launch = parts.launch;
    this.number = parts.number;
    this.log = parts.log;
    this.spawnedAtMs = parts.clock.wallMs();
    const { launch, incarnationId, ledger } = parts;
    this.#self = new ChildIdentity({ launch, incarnationId, ledger, spawnedAtMs: this.spawnedAtMs });
    this.#inquest = new Inquest({ clock: parts.clock, log: parts.log, port: parts.launch.port ?? null, ...parts.witnesses });
    this.#output = new ChildOutput({ launch: parts.launch, log: parts.log, inquest: this.#inquest });
    this.exited = new Promise((resolve) => {
      this.#resolveExit = resolve;
    });
    this.#termination = new Termination({
      clock: parts.clock,
      steps: { message: (message) => this.#sendLast(message), term: (signal) => this.#signal('term', signal), kill: () => void this.#killTree() },
    });
  }

  get pid(): number | null {
    return this.#self.pid;
  }

  get identity(): Identity | null {
    return this.#self.identity;
  }

  get wire(): Wire | null {
    return this.#wire;
  }

  get exit(): ExitView | null {
    return this.#exit;
  }

  /** Called once, by the launcher. */
  spawn(): void {
    let raw: RawChild;
    try {
      raw = this.#parts.spawner.spawn(this.launch, this.#parts.env);
    } catch (error) {
      this.#end(spawnFailure(error, this.launch, this.#parts.clock.wallMs()));
      return;
    }
    this.#raw = raw;
    raw.onExit((code, signal) => this.#onExit(code, signal));
    raw.onError((error) => this.#onError(error));
    raw.onSpawn?.((pid) => this.#known(pid));
    this.#connect(raw);
    if (raw.pid !== undefined) this.#known(raw.pid);
    else
      this.#silent = this.#parts.clock.after(silentSpawnMs, () => this.pid === null && this.#onError(new Error('the system did not say whether it started')));
  }

  terminate(cause: ExitCause, why: string, ladder: Partial<StopLadder> = {}): Promise<ExitView> {
    if (this.#gone || this.#exit !== null) return this.exited;
    if (this.#asked === null) {
      this.#asked = { cause, why };
      this.log.note(`asked to end (${cause}): ${why}`);
      this.#looked = this.#look();
    }
    // Looked at first, while the tree hangs together: a root that heeds the signal at once leaves children with another parent.
    void within(this.#parts.clock, lookWithinMs, this.#looked).then(() => this.#termination.walk({ ...defaultStopLadder, ...ladder }));
    return this.exited;
  }

  /** For the moment our own process ends: no waiting, no ladder. */
  killNow(): void {
    this.#signal('kill');
  }

  #connect(raw: RawChild): void {
    const { launch } = this;
    const onListenerError = (error: unknown): void => this.#parts.roostLog.error('a listener to messages of a process failed', { process: launch.name, error });
    const { stdin, stdout, stderr } = raw;
    if (stderr !== null) this.#output.attach(stderr, 'err');
    if (raw.port !== null && launch.wire !== 'none') this.#wire = createPortWire({ port: raw.port, onListenerError });
    else if (launch.wire === 'lines' && stdin !== null && stdout !== null) this.#wire = createLineWire({ stdin, stdout, onListenerError });
    // With lines on stdio stdout is the protocol; everywhere else it is log.
    if (stdout !== null && (launch.wire !== 'lines' || raw.port !== null)) this.#output.attach(stdout, 'out');
    // A child that closes its input, or is gone, is no error of ours.
    stdin?.on('error', () => undefined);
    if (stdin !== null && typeof launch.stdin === 'object') stdin.end(launch.stdin.text);
    this.#wire?.onClose(({ kind, message }) => {
      if (kind === 'violation') void this.terminate('protocol', `it broke the protocol: ${message}`, { termAfterMs: 0, killAfterMs: 1_000 });
    });
  }

  #known(pid: number): void {
    if (this.pid !== null || this.#exit !== null) return;
    this.#self.known(pid);
    this.#tree.known(pid);
    this.log.note(`started, pid ${pid}`);
  }

  #onError(error: Error): void {
    // After a spawn that worked, an error is about a message or a signal; the exit event has the last word.
    if (this.pid !== null) this.#parts.roostLog.warn('a process reported an error', { process: this.launch.name, error });
    else this.#end(spawnFailure(error, this.launch, this.#parts.clock.wallMs()));
  }

  #onExit(code: number | null, signal: string | null): void {
    if (this.#gone || this.#exit !== null) return;
    this.#gone = true;
    this.#termination.end();
    this.#tree.exited();
    this.#parts.ledger.exited(this.#parts.incarnationId);
    // Who asked for the end may look there; after one that nobody asked for the next life comes first.
    if (this.#asked !== null) this.#parts.ledger.settle();
    if (this.pid !== null) this.#parts.leftovers.exited(this.#left());
    const facts = { code, signal, asked: this.#asked, atMs: this.#parts.clock.wallMs() };
    // What was asked for, or is well, needs no explanation.
    if (facts.asked !== null || code === 0) this.#end(exitReason(facts));
    else void this.#inquest.explain(facts).then((exit) => this.#end(exit));
  }

  #end(found: ExitView): void {
    if (this.#exit !== null) return;
    const exit = this.#inquest.withLastLine(found);
    this.#exit = exit;
    this.#self.ended();
    this.#gone = true;
    this.#termination.end();
    this.#silent?.cancel();
    this.#wire?.ended('the process ended');
    this.#parts.clock.after(outputGraceMs, () => this.#closeOutput());
    this.log.note(`ended (${exit.cause}): ${exit.message}`);
    this.#parts.onExit();
    this.#resolveExit(exit);
  }

  #closeOutput(): void {
    this.#output.close();
    for (const stream of [this.#raw?.stdin, this.#raw?.stdout, this.#raw?.stderr]) stream?.destroy();
  }

  #left(): Left {
    const { incarnationId, roostLog } = this.#parts;
    return {
      incarnationId,
      snapshot: () => this.#tree.snapshot,
      onKilled: (pids) => this.log.note(`killed what it left behind: pid ${pids.join(', ')}`),
      onError: (error) => roostLog.warn('what a process left behind cannot be looked for', { process: this.launch.name, error }),
    };
  }

  #sendLast(message: unknown): void {
    try {
      if (this.#wire !== null) this.#wire.send(message);
      else if (typeof message === 'string') this.#raw?.stdin?.write(`${message}\n`);
    } catch (error) {
      // The signal that follows does the work.
      this.#parts.roostLog.warn('a process could not be told to end', { process: this.launch.name, error });
    }
  }

  #signal(stage: KillStage, termSignal?: NodeJS.Signals): void {
    if (!this.#gone) this.#tree.signal(stage, termSignal);
  }

  async #killTree(): Promise<void> {
    await this.#look();
    // Does nothing once the exit is seen; the sweep takes over.
    this.#signal('kill');
  }

  #look(): Promise<void> {
    return this.#tree.look().catch((error) => this.#parts.roostLog.warn('the tree of a process cannot be read', { process: this.launch.name, error }));
  }
}
