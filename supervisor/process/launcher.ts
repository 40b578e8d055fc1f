import { join } from 'node:path';
import type { Clock, Timer } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import type { Secrets } from '../../core/base/secrets.js';
import { childEnvironment, commonEnvironment } from './child-environment.js';
import { ChildIncarnation } from './child-incarnation.js';
import { Ledger, ledgerPath } from './ledger.js';
import { Leftovers } from './leftovers.js';
import { LogFile } from './log-file.js';
import { ProcessLog } from './log-tail.js';
import { readOomKills } from './oom-kills.js';
import { OomWatch } from './oom-watch.js';
import { holderOf, holderText } from './port-holder.js';
import { type PortOwner, portOwner } from './port-owner.js';
import type { Incarnation, Launch, Launcher, LogTail, Spawner } from './types.js';

export interface LauncherOptions {
  readonly spawner: Spawner;
  readonly dataDir: string;
  /** New for every run of Roost: children carry it, and the next run finds them by it. */
  readonly runId: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly keptLines?: number;
  readonly secrets?: Secrets;
  /** Size and number of the files of one log. */
  readonly logLimits?: () => { readonly maxFileBytes: number; readonly files: number };
  readonly leftoverRoundsMs?: readonly number[];
  /** After that long without a start the next one is prepared. */
  readonly prepareAfterMs?: number;
  /** For tests. */
  readonly oomKills?: () => readonly (number | null)[];
  readonly portOwner?: (port: number) => Promise<PortOwner | null>;
}

/** Not in the very moment of the exit: the next life is started then, and the look takes longer than that. */
const usualRoundsMs = [30, 1_000];
const usualPrepareMs = 250;
const oomLookMs = 5_000;
/** An end that nobody asked for is in the ledger this much later at the latest. */
const settleMs = 100;

/** Starts processes so that nothing about them is missed, and keeps one log per name across its lives. */
export class ProcessLauncher implements Launcher {
  readonly #options: LauncherOptions;
  readonly #ledger: Ledger;
  readonly #logs = new Map<string, ProcessLog>();
  readonly #live = new Set<ChildIncarnation>();
  readonly #closing = new Set<Promise<void>>();
  readonly #leftovers: Leftovers;
  readonly #oom: OomWatch;
  #spawns = 0;
  #preparing: Timer | undefined;
  #settling: Timer | undefined;
  #looking: Timer | undefined;
  #launchedMono = 0;

  constructor(options: LauncherOptions) {
    this.#options = options;
    this.#leftovers = new Leftovers({ clock: options.clock, roundsMs: options.leftoverRoundsMs ?? usualRoundsMs });
    this.#oom = new OomWatch({ clock: options.clock, read: options.oomKills ?? readOomKills });
    this.#oom.look();
    this.#ledger = new Ledger({ path: ledgerPath(options.dataDir), runId: options.runId, log: options.log });
  }

  get live(): readonly Incarnation[] {
    return [...this.#live];
  }

  launch(launch: Launch, number: number): Incarnation {
    const { runId, spawner, clock, log: roostLog } = this.#options;
    const incarnationId = `${runId}.${++this.#spawns}`;
    const incarnation: ChildIncarnation = new ChildIncarnation({
      launch,
      number,
      incarnationId,
      env: childEnvironment(launch, { runId, incarnationId }),
      spawner,
      ledger: this.#ledger,
      log: this.#logOf(launch.name),
      roostLog,
      clock,
      onExit: () => this.#exited(incarnation),
      witnesses: { oomKilled: () => this.#oom.claim(), portHolder: (port) => this.portHolder(port) },
      leftovers: this.#leftovers,
    });
    this.#live.add(incarnation);
    incarnation.spawn();
    this.#looking ??= this.#options.clock.every(oomLookMs, () => this.#oom.look());
    if ('command' in launch.program) this.#prepareSoon();
    return incarnation;
  }

  logFor(name: string): LogTail {
    return this.#logOf(name);
  }

  forget(name: string): void {
    const log = this.#logs.get(name);
    if (log === undefined) return;
    this.#logs.delete(name);
    this.#close(log);
  }

  /** For the last moment of our own process (an `exit` listener): SIGKILL to every tree, synchronously. */
  killAllNow(): void {
    for (const incarnation of this.#live) incarnation.killNow();
  }

  /** Resolves when every log line is in its file. */
  async flush(): Promise<void> {
    await Promise.all([...this.#closing, ...[...this.#logs.values()].map((log) => log.flush())]);
  }

  /** After every process has ended: closes the files. A later launch opens them again. */
  async close(): Promise<void> {
    for (const name of [...this.#logs.keys()]) this.forget(name);
    await Promise.all(this.#closing);
    this.#preparing?.cancel();
    this.#settling?.cancel();
    this.#looking?.cancel();
    this.#looking = undefined;
    this.#options.spawner.dismiss?.();
    this.#ledger.close();
  }

  #exited(incarnation: ChildIncarnation): void {
    this.#live.delete(incarnation);
    this.#settling ??= this.#options.clock.after(settleMs, () => {
      this.#settling = undefined;
      this.#ledger.settle();
    });
  }

  /** Not between two of many starts: it would make the second one wait. */
  #prepareSoon(): void {
    const { spawner, clock, runId, prepareAfterMs: quietMs = usualPrepareMs } = this.#options;
    if (spawner.prepare === undefined) return;
    this.#launchedMono = clock.monoMs();
    const look = (): void => {
      const waitMs = this.#launchedMono + quietMs - clock.monoMs();
      this.#preparing = waitMs > 0 ? clock.after(waitMs, look) : undefined;
      if (waitMs <= 0) spawner.prepare?.(commonEnvironment(runId));
    };
    this.#preparing ??= clock.after(quietMs, look);
  }

  /** Who listens on a port and what to do about it; null when nobody does or the system does not tell. */
  async portHolder(port: number): Promise<string | null> {
    const owner = await (this.#options.portOwner ?? portOwner)(port);
    if (owner === null) return null;
    const live = this.live.map(({ pid, launch }) => ({ pid, name: launch.name }));
    const text = holderText(owner, holderOf(owner, { runId: this.#options.runId, ownPid: process.pid, live }));
    return this.#options.secrets?.hide(text) ?? text;
  }

  #close(log: ProcessLog): void {
    const closed = log.close().finally(() => this.#closing.delete(closed));
    this.#closing.add(closed);
  }

  #logOf(name: string): ProcessLog {
    const known = this.#logs.get(name);
    if (known !== undefined) return known;
    const { clock, log, dataDir, keptLines, secrets, logLimits } = this.#options;
    const file = new LogFile({ path: join(dataDir, 'logs', `${name}.log`), clock, log, ...(logLimits === undefined ? {} : { limits: logLimits }) });
    const fresh = new ProcessLog({ clock, log, file, ...(keptLines === undefined ? {} : { keptLines }), ...(secrets === undefined ? {} : { secrets }) });
    this.#logs.set(name, fresh);
    return fresh;
  }
}

export const createLauncher = (options: LauncherOptions): ProcessLauncher => new ProcessLauncher(options);
