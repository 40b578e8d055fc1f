import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { RoostError } from '../contract/errors.js';
import type { Clock } from '../core/base/clock.js';
import { type WaitResult, within } from '../core/base/deadline.js';
import type { Log } from '../core/base/log.js';
import type { RoostCore } from '../supervisor/core.js';
import type { ScreenFile } from './screen-files.js';

/** What the door gives to everything that answers behind the guard. */
export interface ApiOptions {
  readonly core: RoostCore;
  readonly log: Log;
  readonly clock: Clock;
  readonly version: string;
  /** Every answer but a stream comes within this; a long poll gets its own wait on top. */
  readonly answerMs: number;
  readonly screen: ReadonlyMap<string, ScreenFile>;
  /** Aborts when the door closes: ends event streams. */
  readonly closing: AbortSignal;
  readonly makeServer: (handler: (request: IncomingMessage, response: ServerResponse) => void) => Server;
  readonly mintTicket: () => { readonly ticket: string; readonly url: string };
  /** Throws 'unauthorized'; returns the Set-Cookie value. */
  readonly signIn: (credential: { readonly ticket: string } | { readonly token: string }, request: IncomingMessage) => string;
}

/** Of the time for an answer: while this process stands still no answer can come, and it costs one look. */
const looks = 10;

/** The value, or 'timeout' for the client; what was asked for goes on. */
export async function inTime<T>(clock: Clock, deadlineMs: number, promise: Promise<T>): Promise<T> {
  let outcome: WaitResult<T> = { kind: 'timeout' };
  for (let look = 0; look < looks && outcome.kind === 'timeout'; look++) outcome = await within(clock, deadlineMs / looks, promise);
  if (outcome.kind === 'done') return outcome.value;
  throw new RoostError('timeout', `no answer within ${Math.round(deadlineMs / 1_000)} s; what was asked may still happen: read the state before trying again`);
}
