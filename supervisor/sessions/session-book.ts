import { join } from 'node:path';
import type { Config } from '../../contract/config.js';
import type { SessionView } from '../../contract/state.js';
import { Emitter } from '../../core/base/emitter.js';
import type { SessionPatch, SessionRecord } from '../../core/sessions/session-store.js';
import type { Agent } from '../pool/agent.js';

export interface SessionEntry {
  record: SessionRecord;
  agent: Agent | undefined;
  /** Why the agent it had before is no longer there, until a person was told. */
  lostWhy: string | undefined;
  /** The end of the agent before, while it is awaited: two agents must not have one conversation. */
  leaving: Promise<unknown> | undefined;
  /** Agents in a row that died soon after they were bound. */
  shortLives: number;
  /** Monotonic time of the last turn or start: what makes a session stale. */
  activeMonoMs: number;
  /** Monotonic time since when it waits for its agent. */
  sinceMonoMs: number;
}

/** 1 for a session that takes one of the places; one in line and one whose agent cannot start hold none. */
export const place = ({ status }: SessionRecord): number => (status === 'waiting' || status === 'error' ? 0 : 1);

/** Nobody's turn is in hand and nobody stands in line: unused for long enough, it ends. */
export const mayGoStale = ({ status }: SessionRecord): boolean => status !== 'waiting' && status !== 'busy' && status !== 'waiting-human';

/** The sessions of this node that have not ended, as they are; Redis follows by way of `takeDirty`. */
export class SessionBook {
  readonly #entries = new Map<string, SessionEntry>();
  readonly #users = new Map<string, string>();
  #line: string[] = [];
  readonly #dirty = new Set<string>();
  #occupied = 0;
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
    const entry: SessionEntry = { record, agent: undefined, lostWhy: undefined, leaving: undefined, shortLives: 0, activeMonoMs, sinceMonoMs: monoMs };
    const before = this.#entries.get(record.id);
    this.#entries.set(record.id, entry);
    this.#occupied += place(record) - (before === undefined ? 0 : place(before.record));
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
    // A start that found an agent warm is in Redis as it is.
    if (Object.entries(patch).every(([field, value]) => (entry.record[field as keyof SessionRecord] ?? null) === value)) return;
    const { error, ...rest } = patch;
    const { error: before, ...record } = entry.record;
    const after = error === undefined ? before : (error ?? undefined);
    const was = entry.record.status;
    this.#occupied -= place(entry.record);
    entry.record = { ...record, ...rest, ...(after === undefined ? {} : { error: after }) };
    this.#occupied += place(entry.record);
    if (was === 'waiting' && entry.record.status !== 'waiting') this.#leaveLine(id);
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
    this.#occupied -= place(entry.record);
    this.#leaveLine(id);
    if (this.#users.get(entry.record.userId) === id) this.#users.delete(entry.record.userId);
    this.#changes.emit(id);
    return entry;
  }

  /** Sessions that hold a place; those in line and those whose agent cannot start do not. */
  get occupied(): number {
    return this.#occupied;
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

  /** At most so many that have changed; they are clean then. */
  takeDirty(most: number): readonly string[] {
    const ids: string[] = [];
    for (const id of this.#dirty) {
      if (ids.length >= most) break;
      this.#dirty.delete(id);
      ids.push(id);
    }
    return ids;
  }

  #leaveLine(id: string): void {
    if (this.#line.includes(id)) this.#line = this.#line.filter((waiting) => waiting !== id);
  }

  markDirty(id: string): void {
    if (this.#entries.has(id)) this.#dirty.add(id);
  }
}

export function viewOf(record: SessionRecord): SessionView {
  const { node: _node, folder: _folder, conversation: _conversation, ...view } = record;
  return view;
}

/** What is asked to show a session. */
export interface ShownFrom {
  readonly config: Pick<Config, 'templates'>;
  /** Where the folders of sessions lie. */
  readonly workspaces: string;
  /** The room of a voice agent. */
  roomOf(agentId: string): string;
}

/** As a person sees it: with its place in line, the folder of its files and the room of its voice. */
export function shownSession(record: SessionRecord, from: ShownFrom, waits: Pick<SessionView, 'position' | 'estimatedWaitMs'> | undefined): SessionView {
  const { agentId, folder } = record;
  const template = from.config.templates[record.template];
  const workspace = template?.cwd ?? (folder === null ? undefined : join(from.workspaces, folder));
  return {
    ...viewOf(record),
    ...(workspace === undefined ? {} : { workspace }),
    ...waits,
    ...(agentId !== null && template?.protocol === 'none' ? { room: from.roomOf(agentId) } : {}),
  };
}
