import type { ServerResponse } from 'node:http';
import { RoostError } from '../contract/errors.js';
import type { TurnView } from '../contract/state.js';
import type { Clock } from '../core/base/clock.js';
import { within } from '../core/base/deadline.js';
import { Scope } from '../core/base/scope.js';
import type { RoostCore } from '../supervisor/core.js';
import { commonHeaders } from './status.js';

export const heartbeatMs = 15_000;
const maxBufferedBytes = 1024 ** 2;

export interface TurnEvent {
  readonly event: 'state' | 'text' | 'progress';
  readonly data: unknown;
}

export const hasEnded = (turn: TurnView): boolean => turn.status === 'done' || turn.status === 'failed' || turn.status === 'cancelled';

/**
 * What changed between two records of a turn. Text travels as the piece after `offset`; offset 0 with
 * text shown before means that the answer started anew (another attempt). The closing state comes last.
 */
export function eventsBetween(before: TurnView | undefined, after: TurnView): readonly TurnEvent[] {
  const events: TurnEvent[] = [];
  const shown = before?.text ?? '';
  const state: TurnEvent = { event: 'state', data: { turnId: after.id, status: after.status, turn: after } };
  const moved = before === undefined || before.status !== after.status || before.arm !== after.arm;
  if (moved && !hasEnded(after)) events.push(state);
  if (after.progress !== null && after.progress !== (before?.progress ?? null))
    events.push({ event: 'progress', data: { turnId: after.id, progress: after.progress } });
  if (after.text !== shown) {
    const offset = after.text.startsWith(shown) ? shown.length : 0;
    events.push({ event: 'text', data: { turnId: after.id, offset, text: after.text.slice(offset) } });
  }
  if (moved && hasEnded(after)) events.push(state);
  return events;
}

export interface StreamOptions {
  readonly core: RoostCore;
  readonly turnId: string;
  readonly response: ServerResponse;
  readonly clock: Clock;
  /** The record itself must be there within this. */
  readonly readMs: number;
  /** Aborts when the door closes. */
  readonly closing: AbortSignal;
}

/** Server-sent events of one turn until it has ended, the reader left or the door closes. Rejects before the first byte when there is no such turn. */
export async function streamTurn({ core, turnId, response, clock, readMs, closing }: StreamOptions): Promise<void> {
  const scope = new Scope(clock);
  // Subscribed before reading: nothing can happen between the record read and the first event heard.
  let latest: TurnView | undefined;
  let flush = (): void => undefined;
  scope.add(
    'turn',
    core.onTurn(turnId, (turn) => {
      latest = turn;
      flush();
    }),
  );
  try {
    const read = await within(clock, readMs, core.handlers['turn.get']({ id: turnId }, closing), closing);
    if (read.kind === 'timeout') throw new RoostError('timeout', `no answer within ${Math.round(readMs / 1_000)} s`);
    if (read.kind === 'aborted') throw new RoostError('shutting-down', 'Roost is shutting down');
    if (latest === undefined || hasEnded(read.value.turn)) latest = read.value.turn;
  } catch (error) {
    await scope.close();
    throw error;
  }
  if (response.destroyed) return scope.close();
  await new Promise<void>((resolve) => {
    let sent: TurnView | undefined;
    let id = 0;
    const end = (): void => {
      void scope.close();
      response.end();
      resolve();
    };
    const write = (text: string): void => {
      if (response.writableLength > maxBufferedBytes) response.destroy();
      else response.write(text);
    };
    response.on('close', end);
    closing.addEventListener('abort', end, { once: true });
    scope.add('closing', () => closing.removeEventListener('abort', end));
    scope.every('heartbeat', heartbeatMs, () => write(': still here\n\n'));
    response.writeHead(200, { ...commonHeaders, 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' });
    flush = (): void => {
      // Closed also means ended: a late report of an earlier moment must not reopen it.
      if (scope.closed || latest === undefined) return;
      for (const { event, data } of eventsBetween(sent, latest)) write(`id: ${++id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
      sent = latest;
      if (hasEnded(latest)) end();
    };
    flush();
    if (closing.aborted) end();
  });
}
