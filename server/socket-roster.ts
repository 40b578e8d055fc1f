import type { Socket } from 'node:net';
import type { Clock } from '../core/base/clock.js';

interface Seat {
  readonly sinceMs: number;
  requests: number;
  upgraded: boolean;
  /** It made a request that was let in. */
  known: boolean;
}

export interface SocketRosterOptions {
  readonly clock: Pick<Clock, 'monoMs'>;
  /** From this many on somebody goes for each newcomer. */
  readonly limit: number;
  /** So many at the very most, whoever they are: file descriptors. */
  readonly hardLimit: number;
  /** A newcomer has so long to say what it wants; it must not be shown out before its first bytes are read. */
  readonly graceMs: number;
}

/**
 * Who is connected. When the seats are taken the one that has been silent longest goes for the newcomer, strangers before those
 * that made a request; so neither a flood of connections that say nothing nor one of connections that come again as soon as they
 * are cut locks real clients out.
 */
export class SocketRoster {
  readonly #options: SocketRosterOptions;
  readonly #seats = new Map<Socket, Seat>();

  constructor(options: SocketRosterOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#seats.size;
  }

  admit(socket: Socket): void {
    const { clock, limit, hardLimit } = this.#options;
    if (this.#seats.size >= limit && !this.#makeRoom() && this.#seats.size >= hardLimit) {
      socket.destroy();
      return;
    }
    this.#seats.set(socket, { sinceMs: clock.monoMs(), requests: 0, upgraded: false, known: false });
    socket.once('close', () => this.#seats.delete(socket));
  }

  requestStarted(socket: Socket): void {
    const seat = this.#seats.get(socket);
    if (seat !== undefined) seat.requests += 1;
  }

  /** What it asked was let in: it goes after those that never got so far. */
  known(socket: Socket): void {
    const seat = this.#seats.get(socket);
    if (seat !== undefined) seat.known = true;
  }

  requestEnded(socket: Socket): void {
    const seat = this.#seats.get(socket);
    if (seat === undefined) return;
    seat.requests = Math.max(0, seat.requests - 1);
    // To the end of the line: the map is ordered by how long a socket has been idle.
    this.#seats.delete(socket);
    if (!socket.destroyed) this.#seats.set(socket, seat);
  }

  upgraded(socket: Socket): void {
    const seat = this.#seats.get(socket);
    if (seat !== undefined) seat.upgraded = true;
  }

  destroyAll(): void {
    for (const socket of [...this.#seats.keys()]) socket.destroy();
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
    this.#seats.delete(found);
    found.destroy();
    return true;
  }
}
