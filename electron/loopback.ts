import type { Clock } from '../core/base/clock.js';
import type { Log } from '../core/base/log.js';
import type { Secrets } from '../core/base/secrets.js';
import { removeControl, writeControl } from '../server/control-file.js';
import { HttpDoor } from '../server/http-door.js';
import { newSecretText } from '../server/secret.js';
import type { RoostCore } from '../supervisor/core.js';

export interface LoopbackOptions {
  readonly core: RoostCore;
  readonly dataDir: string;
  readonly rendererDir: string;
  readonly port: number | 'auto';
  readonly version: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly secrets: Secrets;
}

/** The desktop app listens on loopback as well, so that the command line and scripts reach the same core. */
export class Loopback {
  readonly #options: LoopbackOptions;
  /** Made anew every run. */
  readonly #token = newSecretText();
  #door: HttpDoor | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: LoopbackOptions) {
    this.#options = options;
    options.secrets.add(this.#token);
  }

  /** Answers the address and writes `control.json`. */
  async start(): Promise<string> {
    const { core, dataDir, rendererDir, port, version, clock, log } = this.#options;
    const door = new HttpDoor({ core, token: this.#token, port, host: '127.0.0.1', rendererDir, log: log.child('api'), clock, version });
    this.#door = door;
    const url = await door.start();
    await writeControl(dataDir, { url, token: this.#token, pid: process.pid, startedAt: new Date(clock.wallMs()).toISOString(), version });
    return url;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    await this.#door?.stop(1_000);
    if (this.#door?.url !== undefined) await removeControl(this.#options.dataDir, this.#token);
  }
}
