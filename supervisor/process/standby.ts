import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import type { Containment } from '../../core/base/containment.js';
import { canHold, type Orders, ordersText, standbyScript } from './standby-orders.js';
import type { RawChild } from './types.js';

/** A process that waits to become another one. */
export interface WaitingChild {
  /** False once its exit was seen. */
  readonly alive: boolean;
  /** False when it would not hear: it is gone, or somebody stopped it. */
  readonly listens: boolean;
  /** From now on it counts as a child like any other, and nobody but its program has its input unless it `keepsInput`. */
  release(orders: string, keepsInput: boolean): RawChild;
  /** Nobody needs it any more. */
  dismiss(): void;
}

export interface StandbyOptions {
  /** Starts `/bin/sh` with the argv given, contained as every child is; null when it cannot. */
  start(argv: readonly [string, ...string[]], env: Readonly<Record<string, string>>): WaitingChild | null;
}

const shell = '/bin/sh';

/** Only dash is known to pass on what it is given, byte by byte and variable by variable. */
function shellIsDash(): boolean {
  try {
    return basename(realpathSync(shell)) === 'dash';
  } catch {
    return false;
  }
}

/** Its own parent-death signal and its own group must be there before: only the kernel's containment passes through an exec. */
export const canStandBy = (containment: Containment): boolean => (containment.kind === 'setpriv' || containment.kind === 'tether') && shellIsDash();

/**
 * One process that is ready to become the next: forked, contained and connected before anything has died.
 * What is left between a death and the next life is a line to it and one exec. There is one for all
 * programs; whoever dies while it is being replaced is started in the plain way.
 */
export class Standby {
  readonly #options: StandbyOptions;
  #waiting: { readonly child: WaitingChild; readonly env: Readonly<Record<string, string>> } | null = null;

  constructor(options: StandbyOptions) {
    this.#options = options;
  }

  /** Makes one ready unless there is one. `env` is what every child is given, whatever its program. */
  prepare(env: Readonly<Record<string, string>>): void {
    if (this.#waiting?.child.alive === true) return;
    this.dismiss();
    if (!Object.keys(env).every(canHold)) return;
    const child = this.#options.start([shell, '-c', standbyScript, 'roost-standby'], env);
    if (child !== null) this.#waiting = { child, env };
  }

  /** The process that now is this program; null when it needs a start of its own. */
  become(orders: Orders): RawChild | null {
    const waiting = this.#waiting;
    if (waiting === null || !waiting.child.alive) return null;
    const text = ordersText(orders, waiting.env);
    if (text === null) return null;
    if (!waiting.child.listens) {
      this.dismiss();
      return null;
    }
    this.#waiting = null;
    return waiting.child.release(text, orders.keepsInput);
  }

  dismiss(): void {
    this.#waiting?.child.dismiss();
    this.#waiting = null;
  }
}
