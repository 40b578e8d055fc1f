import type { TurnView } from '../../contract/state.js';
import type { Keys } from '../redis/keys.js';
import type { Redis } from '../redis/connection.js';

/** Fields of a turn that may change after it was accepted. */
export type TurnPatch = Partial<Omit<TurnView, 'id' | 'sessionId' | 'prompt' | 'createdAt'>>;

/** Turn records and the line of turns in front of each session; shared by supervisor and worker. */
export declare class TurnStore {
  constructor(redis: Redis, keys: Keys);
  /** Atomically writes the record, appends it to the session's list and to its pending line. `ahead` = turns before it in this session. */
  create(turn: TurnView): Promise<{ ahead: number }>;
  get(id: string): Promise<TurnView | undefined>;
  /** Applies the patch unless the turn has ended (done, failed, cancelled); returns the record as it is now. Late facts (suggestion, rating, reward) always apply. */
  patch(id: string, patch: TurnPatch): Promise<TurnView | undefined>;
  /** Newest `limit` turns of the session, oldest first. */
  bySession(sessionId: string, limit: number): Promise<TurnView[]>;
  /** Ends a turn (patch with a terminal status) and takes it out of the pending line, atomically; returns the next pending turn of the session. Repeating it changes nothing. */
  end(id: string, patch: TurnPatch & { status: 'done' | 'failed' | 'cancelled' }): Promise<{ turn: TurnView | undefined; nextTurnId: string | null }>;
  /** First pending turn of a session. */
  head(sessionId: string): Promise<string | null>;
  pending(sessionId: string): Promise<string[]>;
  /** Sessions with pending turns, for the sweep that re-adds a lost job. */
  sessionsWithPending(): Promise<string[]>;
}
