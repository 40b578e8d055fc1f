import { chmod } from 'node:fs/promises';
import { RoostError, toErrorBody } from '../contract/errors.js';
import type { Clock, Random } from '../core/base/clock.js';
import { within } from '../core/base/deadline.js';
import { createLog, type Log } from '../core/base/log.js';
import { makeDirectory } from '../core/base/make-directory.js';
import { Secrets } from '../core/base/secrets.js';
import type { RoostCore } from '../supervisor/core.js';
import { foreignSentence, isForbidden } from '../supervisor/file-rights.js';
import type { Identity } from '../supervisor/process/types.js';
import { readControl, removeControl, writeControl } from './control-file.js';
import { type HeadlessFlags, parseFlags, readyLine, shownPath, usage } from './flags.js';
import { HttpDoor } from './http-door.js';
import { InstanceLock } from './instance-lock.js';
import { newSecretText } from './secret.js';

export const drainMs = 30_000;
/** What a second signal leaves: with the door's and the processes' own ends it stays within 6 s. */
export const hurriedDrainMs = 3_000;
/** After a second signal the host leaves by then, whatever still hangs. */
const hurriedExitMs = 4_500;
/** On top of the drain: SIGKILL of what is left, Redis last. */
const stopMarginMs = 6_000;
const faultStopMs = 4_000;
const doorStopMs = 1_000;
/** EX_SOFTWARE of sysexits.h: an internal error; whoever supervises Roost may start it again. */
const faultExitCode = 70;
/** EX_CONFIG of sysexits.h, with which a service says it, too: another try cannot help. */
const newerExitCode = 78;

export interface CoreOptions {
  readonly door: 'headless';
  readonly dataDir: string;
  readonly configFile: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly entryDir: string;
  readonly resourcesDir: string;
  readonly log: Log;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly random: Random;
  readonly version: string;
}

/** Everything the headless host takes from the operating system; the entry file fills it in. */
export interface HeadlessWorld {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly platform: string;
  readonly home: string;
  readonly pid: number;
  readonly version: string;
  readonly entryDir: string;
  readonly resourcesDir: string;
  readonly rendererDir: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  readonly onSignal: (listener: (name: string) => void) => void;
  /** uncaughtException and unhandledRejection. */
  readonly onFault: (listener: (error: unknown) => void) => void;
  readonly identify: (pid: number) => Promise<Identity | null>;
  readonly lives: (identity: Identity) => boolean;
  readonly openBrowser: (url: string, failed: (why: string) => void) => void;
  readonly createCore: (options: CoreOptions) => Promise<RoostCore>;
}

/** Runs the headless host from start to exit and answers the exit code. */
export async function runHeadless(world: HeadlessWorld): Promise<number> {
  let flags: HeadlessFlags;
  try {
    flags = parseFlags(world.argv, world.cwd, world);
  } catch (error) {
    world.err(`roost: ${toErrorBody(error).message}`);
    world.err(usage);
    return 2;
  }
  const secrets = new Secrets();
  const log = createLog({ clock: world.clock, level: flags.logLevel, sink: (line) => world.err(secrets.hide(line)) });
  try {
    const lock = await lockDirectory(world, flags);
    try {
      return await new Host(world, flags, log, secrets).run();
    } finally {
      await lock.release();
    }
  } catch (error) {
    if (error instanceof RoostError && error.code === 'already-running') return await sayRunning(world, flags, error);
    if (!(error instanceof RoostError)) log.error('the start failed', { error });
    world.err(`roost: ${toErrorBody(error).message}`);
    // Whoever starts it again and again should not: only a person can change that.
    return error instanceof RoostError && error.code === 'newer-state' ? newerExitCode : 1;
  }
}

async function lockDirectory(world: HeadlessWorld, { dataDir }: HeadlessFlags): Promise<InstanceLock> {
  try {
    await makeDirectory(dataDir);
    await chmod(dataDir, 0o700);
  } catch (cause) {
    const why = isForbidden(cause) ? `${(cause as NodeJS.ErrnoException).code}, ${await foreignSentence(dataDir)}` : (cause as NodeJS.ErrnoException).code;
    throw new RoostError('config-invalid', `the data directory ${dataDir} cannot be used (${why ?? 'unknown error'}): choose another with --data-dir`, {
      cause,
    });
  }
  const self = (await world.identify(world.pid)) ?? { pid: world.pid, startedAt: 'unknown', bootId: 'unknown' };
  const lock = new InstanceLock({ dataDir, self, lives: world.lives, nonce: newSecretText(), clock: world.clock });
  await lock.acquire();
  return lock;
}

async function sayRunning(world: HeadlessWorld, { dataDir }: HeadlessFlags, error: RoostError): Promise<number> {
  const control = await readControl(dataDir);
  const where = control === undefined ? 'url=unknown (it is still starting)' : `url=${control.url}`;
  world.out(`roost already running ${where} data-dir=${shownPath(dataDir)} pid=${String(error.details?.['pid'])}`);
  return 0;
}

type StopCause = { readonly kind: 'signal'; readonly name: string } | { readonly kind: 'fault'; readonly error: unknown };

/** One run behind the lock: core and door up, wait, core and door down. */
class Host {
  readonly #world: HeadlessWorld;
  readonly #flags: HeadlessFlags;
  readonly #log: Log;
  readonly #secrets: Secrets;
  readonly #token = newSecretText();
  readonly #stopCause: Promise<StopCause>;
  readonly #hurried = new AbortController();
  #signals = 0;
  #core: RoostCore | undefined;
  #door: HttpDoor | undefined;

  constructor(world: HeadlessWorld, flags: HeadlessFlags, log: Log, secrets: Secrets) {
    this.#world = world;
    this.#flags = flags;
    this.#log = log;
    this.#secrets = secrets;
    secrets.add(this.#token);
    this.#stopCause = new Promise((resolve) => {
      world.onSignal((name) => {
        this.#signals += 1;
        log.info(this.#signals === 1 ? 'stopping' : 'stopping at once', { signal: name });
        // The core takes the smaller budget of two calls, so a second signal shortens the drain under way.
        if (this.#signals === 2) {
          void this.#core?.stop(name, hurriedDrainMs).catch(() => undefined);
          world.clock.after(hurriedExitMs, () => this.#hurried.abort());
        }
        resolve({ kind: 'signal', name });
      });
      world.onFault((error) => {
        log.error('an error nobody caught', { error });
        resolve({ kind: 'fault', error });
      });
    });
  }

  async run(): Promise<number> {
    const { createCore, env, entryDir, resourcesDir, clock, random, version } = this.#world;
    const { dataDir, configFile } = this.#flags;
    const core = await createCore({
      door: 'headless',
      dataDir,
      configFile,
      env,
      entryDir,
      resourcesDir,
      log: this.#log,
      secrets: this.#secrets,
      clock,
      random,
      version,
    });
    this.#core = core;
    const port = this.#flags.port ?? core.settings.api.port;
    let failed: unknown;
    try {
      const url = await this.#openDoor(core, port);
      const first = await Promise.race([core.start().then(() => undefined), this.#stopCause]);
      if (first === undefined) this.#announce(url);
    } catch (error) {
      failed = error;
    }
    if (failed !== undefined) {
      await this.#down(core, 'start failed', 0);
      throw failed;
    }
    const cause = await this.#stopCause;
    await (cause.kind === 'fault' ? this.#down(core, 'fault', 0, faultStopMs) : this.#down(core, cause.name, this.#signals > 1 ? hurriedDrainMs : drainMs));
    return cause.kind === 'fault' ? faultExitCode : 0;
  }

  async #openDoor(core: RoostCore, port: number | 'auto'): Promise<string> {
    const { clock, pid, version, rendererDir } = this.#world;
    const door = new HttpDoor({ core, token: this.#token, port, host: this.#flags.host, rendererDir, log: this.#log.child('door'), clock, version });
    this.#door = door;
    const url = await door.start();
    await writeControl(this.#flags.dataDir, { url, token: this.#token, pid, startedAt: new Date(clock.wallMs()).toISOString(), version });
    return url;
  }

  #announce(url: string): void {
    const { out, err, pid, openBrowser } = this.#world;
    out(readyLine(url, this.#flags.dataDir, pid));
    const link = this.#door?.mintTicket().url ?? url;
    err(`Open the screen: ${link} (works once, for 5 minutes; roost open prints a new link)`);
    if (this.#flags.open) openBrowser(this.#door?.mintTicket().url ?? url, (why) => this.#log.warn(why));
  }

  /** Always ends, whatever the core does: the budget plus a margin, and no longer than `capMs`. */
  async #down(core: RoostCore, reason: string, budgetMs: number, capMs = budgetMs + stopMarginMs): Promise<void> {
    const { clock } = this.#world;
    try {
      const outcome = await within(clock, capMs, core.stop(reason, budgetMs), this.#hurried.signal);
      if (outcome.kind !== 'done') this.#log.error('stopping took too long: leaving anyway', { reason, capMs });
    } catch (error) {
      this.#log.error('stopping failed', { reason, error });
    }
    await this.#door?.stop(doorStopMs);
    await removeControl(this.#flags.dataDir, this.#token).catch((error: unknown) => this.#log.warn('control.json could not be removed', { error }));
  }
}
