import { RoostError } from '../../contract/errors.js';
import type { ClientFrame } from '../../contract/frames.js';
import type { MethodName, ParamsInput, Result } from '../../contract/methods.js';
import type { ScreenClock } from './clock.js';

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly deadlineMs?: number;
}

interface PendingCall {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

const callDeadlineMs = 30_000;

/** Calls that wait for their answer: each ends with it, at its deadline, when it is given up, or with the connection. */
export class PendingCalls {
  readonly #clock: ScreenClock;
  readonly #waiting = new Map<number, PendingCall>();
  #nextId = 0;

  constructor(clock: ScreenClock) {
    this.#clock = clock;
  }

  begin<M extends MethodName>(method: M, params: ParamsInput<M>, options: CallOptions, send: (frame: ClientFrame) => void): Promise<Result<M>> {
    const { signal } = options;
    if (signal?.aborted === true) return Promise.reject(new RoostError('cancelled', 'The call was cancelled.'));
    const id = this.#nextId++;
    return new Promise<Result<M>>((resolve, reject) => {
      const giveUp = (error: RoostError): void => {
        send({ type: 'cancel', id });
        this.#waiting.get(id)?.reject(error);
      };
      const onAbort = (): void => giveUp(new RoostError('cancelled', 'The call was cancelled.'));
      const deadlineMs = options.deadlineMs ?? callDeadlineMs;
      const cancelDeadline = this.#clock.after(deadlineMs, () =>
        giveUp(new RoostError('timeout', `Roost did not answer ${method} within ${Math.round(deadlineMs / 1000)} s.`)),
      );
      const settle = (): void => {
        this.#waiting.delete(id);
        cancelDeadline();
        signal?.removeEventListener('abort', onAbort);
      };
      this.#waiting.set(id, {
        resolve: (value) => {
          settle();
          resolve(value as Result<M>);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
      signal?.addEventListener('abort', onAbort, { once: true });
      send({ type: 'call', id, method, params });
    });
  }

  resolve(id: number, value: unknown): void {
    this.#waiting.get(id)?.resolve(value);
  }

  reject(id: number, error: Error): void {
    this.#waiting.get(id)?.reject(error);
  }

  /** The connection is gone, and whether the host did what was asked is not known. */
  lose(): void {
    for (const call of [...this.#waiting.values()])
      call.reject(new RoostError('cancelled', 'The connection to Roost was lost before the answer came. Look at the current state before you try again.'));
  }
}
