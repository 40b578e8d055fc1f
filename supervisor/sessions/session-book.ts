import type { SessionView } from '../../contract/state.js';
import { Emitter } from '../../core/base/emitter.js';
import type { SessionPatch, SessionRecord } from '../../core/sessions/session-store.js';
import type { Agent } from '../pool/agent.js';

export interface SessionEntry {
  record: SessionRecord;
  agent: Agent | undefined;
  /** Why the agent it had before is no longer there, until a person was told. */
  lostWhy: string | undefined;
  /** Agents in a row that died soon after they were bound. */
  shortLives: number;
  /** Monotonic time of the last turn or start: what makes a session stale. */
  activeMonoMs: number;
  /** Monotonic time since when it waits for its agent. */
  sinceMonoMs: number;
}

/** The sessions of this node that have not ended, as they are; Redis follows by way of `takeDirty`. */
export class SessionBook {
  readonly #entries = new Map<string, SessionEntry>();
  readonly #users = new Map<string, string>();
  #line: string[] = [];
  readonly #dirty = new Set<string>();
  readonly #changes: Emitter<string>;

  constructor(onError: (error: unknown) => void) {
    this.#changes = new Emitter(onError);
  }

  onChange(listener: (sessionId: string) => void): () => void {
    return this.#changes.on(listener);
  }

  get size(): number {
    return this.#entries.size;
  }

  entries(): IterableIterator<SessionEntry> {
    return this.#entries.values();
  }

  add(record: SessionRecord, monoMs: number, activeMonoMs = monoMs): SessionEntry {
    const entry: SessionEntry = { record, agent: undefined, lostWhy: undefined, shortLives: 0, activeMonoMs, sinceMonoMs: monoMs };
    this.#entries.set(record.id, entry);
    this.#users.set(record.userId, record.id);
    if (record.status === 'waiting' && !this.#line.includes(record.id)) this.#line.push(record.id);
    this.#changes.emit(record.id);
    return entry;
  }

  get(id: string): SessionEntry | undefined {
    return this.#entries.get(id);
  }

  ofUser(userId: string): SessionEntry | undefined {
    const id = this.#users.get(userId);
    return id === undefined ? undefined : this.#entries.get(id);
  }

  update(id: string, patch: SessionPatch): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    const { error, ...rest } = patch;
    const { error: before, ...record } = entry.record;
    const after = error === undefined ? before : (error ?? undefined);
    entry.record = { ...record, ...rest, ...(after === undefined ? {} : { error: after }) };
    if (entry.record.status !== 'waiting') this.#line = this.#line.filter((waiting) => waiting !== id);
    this.#dirty.add(id);
    this.#changes.emit(id);
  }

  /** A turn was accepted; Redis has counted it already. */
  countTurn(id: string, atMs: number, monoMs: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    entry.activeMonoMs = monoMs;
    entry.record = { ...entry.record, turns: entry.record.turns + 1, lastTurnAt: atMs };
    this.#changes.emit(id);
  }

  remove(id: string): SessionEntry | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    this.#entries.delete(id);
    this.#dirty.delete(id);
    this.#line = this.#line.filter((waiting) => waiting !== id);
    if (this.#users.get(entry.record.userId) === id) this.#users.delete(entry.record.userId);
    this.#changes.emit(id);
    return entry;
  }

  /** Sessions that hold a place; those in line and those whose agent cannot start do not. */
  get occupied(): number {
    let occupied = 0;
    for (const { record } of this.#entries.values()) if (record.status !== 'waiting' && record.status !== 'error') occupied += 1;
    return occupied;
  }

  get line(): readonly string[] {
    return this.#line;
  }

  /** 1 for the first in line, 0 when not in line. */
  position(id: string): number {
    return this.#line.indexOf(id) + 1;
  }

  /** Puts the line in the order that Redis kept. */
  orderLine(ids: readonly string[]): void {
    const known = ids.filter((id) => this.#line.includes(id));
    this.#line = [...known, ...this.#line.filter((id) => !known.includes(id))];
  }

  takeDirty(): string | undefined {
    const id = this.#dirty.values().next().value;
    if (id !== undefined) this.#dirty.delete(id);
    return id;
  }

  markDirty(id: string): void {
    if (this.#entries.has(id)) this.#dirty.add(id);
  }
}

export function viewOf(record: SessionRecord): SessionView {
  const { node: _, ...view } = record;
  return view;
}
