import type { Socket } from 'node:net';

interface Seat {
  requests: number;
  upgraded: boolean;
}

/**
 * At most `limit` sockets. When all seats are taken the one that idles longest is closed for the
 * newcomer, so that a flood of silent connections cannot lock real clients out.
 */
export class SocketRoster {
  readonly #limit: number;
  readonly #seats = new Map<Socket, Seat>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#seats.size;
  }

  admit(socket: Socket): void {
    if (this.#seats.size >= this.#limit && !this.#makeRoom()) {
      socket.destroy();
      return;
    }
    this.#seats.set(socket, { requests: 0, upgraded: false });
    socket.once('close', () => this.#seats.delete(socket));
  }

  requestStarted(socket: Socket): void {
    const seat = this.#seats.get(socket);
    if (seat !== undefined) seat.requests += 1;
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
    for (const [socket, seat] of this.#seats) {
      if (seat.requests > 0 || seat.upgraded) continue;
      this.#seats.delete(socket);
      socket.destroy();
      return true;
    }
    return false;
  }
}
