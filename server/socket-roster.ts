import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../core/base/clock.js';
import { afterReading } from './after-reading.js';

interface Seat {
  readonly sinceMs: number;
  requests: number;
  upgraded: boolean;
  /** It made a request that was let in. */
  known: boolean;
  /** The last one whose headers came. */
  request: Pick<IncomingMessage, 'complete'> | undefined;
}

export interface Seats {
  /** From this many on somebody goes for each newcomer. */
  readonly limit: number;
  /** So many at the very most, whoever they are: file descriptors. Those beyond have no seat and are told so. */
  readonly hardLimit: number;
  /** So many may stand and be told that there is no seat; whoever comes then is cut. */
  readonly standing: number;
  /** A newcomer has so long to say what it wants; it must not be shown out before its first bytes are read. */
  readonly graceMs: number;
}
/** A hundred sessions with an open stream and a call beside it each, and room for screens. */
export const defaultSeats: Seats = { limit: 256, hardLimit: 1_024, standing: 128, graceMs: 1_000 };

export interface SocketRosterOptions extends Seats {
  readonly clock: Pick<Clock, 'monoMs'>;
  /** Runs a task once everything has been read that lies there now. */
  readonly afterReading?: (task: () => void) => void;
}

/**
 * Who is connected. When the seats are taken the one that has been silent longest goes for the newcomer, strangers before those
 * that made a request; so neither a flood of connections that say nothing nor one of connections that come again as soon as they
 * are cut locks real clients out. Nobody goes who has said something: a loop that stood still finds its timers due before it has
 * read what came meanwhile, so whoever is to go is looked at again once that is read.
 */
export class SocketRoster {
  readonly #options: SocketRosterOptions;
  readonly #afterReading: (task: () => void) => void;
  readonly #seats = new Map<Socket, Seat>();
  /** On their way out, if they say nothing in the last moment. */
  readonly #leaving = new Map<Socket, Seat>();
  readonly #standing = new Set<Socket>();

  constructor(options: SocketRosterOptions) {
    this.#options = options;
    this.#afterReading = options.afterReading ?? afterReading;
  }

  get size(): number {
    return this.#seats.size;
  }

  admit(socket: Socket): void {
    const { clock, limit, hardLimit, standing } = this.#options;
    if (this.#seats.size >= limit && !this.#makeRoom() && this.#seats.size >= hardLimit) {
      if (this.#standing.size >= standing) return void socket.destroy();
      this.#standing.add(socket);
      return void socket.once('close', () => this.#standing.delete(socket));
    }
    this.#seats.set(socket, { sinceMs: clock.monoMs(), requests: 0, upgraded: false, known: false, request: undefined });
    socket.once('close', () => {
      this.#seats.delete(socket);
      this.#leaving.delete(socket);
    });
  }

  /** False for one that came when every seat was taken by somebody at work. */
  seated(socket: Socket): boolean {
    return !this.#standing.has(socket);
  }

  requestStarted(socket: Socket, request: Pick<IncomingMessage, 'complete'>): void {
    const seat = this.#seatOf(socket);
    if (seat === undefined) return;
    seat.requests += 1;
    seat.request = request;
  }

  /** Calls `late` unless the request that is said to be late proves to have come while nobody read. */
  unlessArrived(socket: Socket, late: () => void): void {
    const seat = this.#seatOf(socket);
    const before = seat?.request;
    const overBefore = before?.complete === true;
    this.#afterReading(() => {
      const now = seat?.request;
      const arrived = now?.complete === true && (now !== before || !overBefore);
      if (!arrived) late();
    });
  }

  /** What it asked was let in: it goes after those that never got so far. */
  known(socket: Socket): void {
    const seat = this.#seatOf(socket);
    if (seat !== undefined) seat.known = true;
  }

  requestEnded(socket: Socket): void {
    const seat = this.#seatOf(socket);
    if (seat === undefined) return;
    seat.requests = Math.max(0, seat.requests - 1);
    // To the end of the line: the map is ordered by how long a socket has been idle.
    this.#seats.delete(socket);
    if (!socket.destroyed) this.#seats.set(socket, seat);
  }

  upgraded(socket: Socket): void {
    const seat = this.#seatOf(socket);
    if (seat !== undefined) seat.upgraded = true;
  }

  /** Shows out one that was silent for too long. */
  leave(socket: Socket): void {
    const seat = this.#seats.get(socket);
    if (seat === undefined || seat.requests > 0 || seat.upgraded) return;
    this.#seats.delete(socket);
    this.#leaving.set(socket, seat);
    const heardBytes = socket.bytesRead;
    this.#afterReading(() => {
      if (!this.#leaving.delete(socket)) return;
      if (socket.bytesRead === heardBytes) socket.destroy();
      else this.#seats.set(socket, seat);
    });
  }

  destroyAll(): void {
    for (const socket of [...this.#seats.keys(), ...this.#leaving.keys(), ...this.#standing]) socket.destroy();
  }

  #seatOf(socket: Socket): Seat | undefined {
    return this.#seats.get(socket) ?? this.#leaving.get(socket);
  }

  #makeRoom(): boolean {
    const { clock, graceMs } = this.#options;
    const nowMs = clock.monoMs();
    let found: Socket | undefined;
    for (const [socket, seat] of this.#seats) {
      if (seat.requests > 0 || seat.upgraded || nowMs - seat.sinceMs < graceMs) continue;
      found ??= socket;
      if (seat.known) continue;
      found = socket;
      break;
    }
    if (found === undefined) return false;
    this.leave(found);
    return true;
  }
}
