import { createHash } from 'node:crypto';
import { type AuditActor, type AuditEntry, auditEntrySchema } from '../../contract/audit.js';
import { redact } from '../../core/base/log.js';

export interface AuditAct {
  /** Default: the door the request came in by, else `roost`. */
  readonly actor?: AuditActor;
  readonly act: string;
  readonly target: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** The place of an entry in the chain. */
export interface Link {
  readonly seq: number;
  readonly hash: string;
}

export const genesis: Link = { seq: 0, hash: '0'.repeat(64) };

const maxDetailChars = 16_384;
const maxTargetChars = 500;
const sealed = /^(\{.*),"hash":"([0-9a-f]{64})"\}$/s;
const hashOf = (body: string): string => createHash('sha256').update(body, 'utf8').digest('hex');

/**
 * One line of the log. The hash covers the very bytes in front of it, so verifying needs no canonical
 * form and no byte of a line can change unseen. Secrets are masked before they are hashed.
 */
export function seal(act: AuditAct & { readonly actor: AuditActor }, atMs: number, after: Link): { readonly line: string; readonly link: Link } {
  const seq = after.seq + 1;
  const entry = {
    seq,
    at: new Date(atMs).toISOString(),
    actor: act.actor,
    act: act.act,
    target: String(redact(act.target)).slice(0, maxTargetChars),
    detail: bounded(act.detail ?? {}),
    prev: after.hash,
  };
  const body = plain(JSON.stringify(entry)).slice(0, -1);
  const hash = hashOf(body);
  return { line: `${body},"hash":"${hash}"}`, link: { seq, hash } };
}

/** The entry of a line whose hash fits its bytes; else what is wrong with it. */
export function unseal(line: string): { readonly entry: AuditEntry } | { readonly problem: string } {
  const parts = sealed.exec(line);
  if (parts?.[1] === undefined || parts[2] === undefined) return { problem: 'is not an entry of this log' };
  if (hashOf(parts[1]) !== parts[2]) return { problem: 'was changed: its hash does not fit' };
  try {
    const parsed = auditEntrySchema.safeParse(JSON.parse(line));
    return parsed.success ? { entry: parsed.data } : { problem: 'lacks a field' };
  } catch {
    return { problem: 'is not JSON' };
  }
}

/** Why an entry does not follow another; undefined when it does. */
export function breach(after: Link, entry: AuditEntry): string | undefined {
  if (entry.seq !== after.seq + 1)
    return entry.seq > after.seq + 1 ? `entries ${after.seq + 1} to ${entry.seq - 1} are missing` : `entry ${entry.seq} stands where ${after.seq + 1} belongs`;
  return entry.prev === after.hash ? undefined : 'does not continue the entry before it';
}

function bounded(detail: Readonly<Record<string, unknown>>): unknown {
  const masked = redact(detail);
  const text = JSON.stringify(masked) ?? '{}';
  return text.length <= maxDetailChars ? masked : { cut: `${text.length} characters`, beginning: text.slice(0, 1_000) };
}

/** JSON escapes C0; C1 and the marks that turn text around come out escaped too, so that a terminal shows what is there. */
const plain = (json: string): string =>
  json.replace(/[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
