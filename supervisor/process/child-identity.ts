import { readIdentity, readIdentityNow } from './identity.js';
import type { Ledger } from './ledger.js';
import type { Identity, Launch } from './types.js';

interface ChildIdentityParts {
  readonly launch: Pick<Launch, 'name' | 'program'>;
  readonly incarnationId: string;
  readonly spawnedAtMs: number;
  readonly ledger: Ledger;
}

/** Who one child is, and that the ledger knows it: what a later run of Roost needs to end it safely. */
export class ChildIdentity {
  readonly #parts: ChildIdentityParts;
  #pid: number | null = null;
  #identity: Identity | null = null;
  #ended = false;

  constructor(parts: ChildIdentityParts) {
    this.#parts = parts;
  }

  get pid(): number | null {
    return this.#pid;
  }

  get identity(): Identity | null {
    return this.#identity;
  }

  /** The system has said its pid. */
  known(pid: number): void {
    this.#pid = pid;
    this.#identity = readIdentityNow(pid);
    const { ledger, incarnationId, spawnedAtMs, launch } = this.#parts;
    const { name, program } = launch;
    ledger.spawned({
      incarnationId,
      name,
      pid,
      startedAt: this.#identity?.startedAt ?? '',
      bootId: this.#identity?.bootId ?? '',
      program: 'entry' in program ? program.entry : program.command[0],
      atMs: spawnedAtMs,
    });
    if (this.#identity === null) void this.#readLater(pid);
  }

  /** What is read from now on may be of somebody else. */
  ended(): void {
    this.#ended = true;
  }

  async #readLater(pid: number): Promise<void> {
    const identity = await readIdentity(pid);
    if (identity === null || this.#ended) return;
    this.#identity = identity;
    this.#parts.ledger.identified(this.#parts.incarnationId, identity.startedAt, identity.bootId);
  }
}
