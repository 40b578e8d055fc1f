import type { Result } from '../../contract/methods.js';

export type LogLine = Result<'process.logs'>['lines'][number];

export interface LogTail {
  readonly lines: readonly LogLine[];
  /** Lines the host could not keep, since it started. */
  readonly dropped: number;
  readonly nextAfterSeq: number | null;
}

export const emptyTail: LogTail = { lines: [], dropped: 0, nextAfterSeq: null };
export const maxLines = 5_000;

/** Adds an answer of `process.logs`; lines seen before are left out, the oldest go when there are too many. */
export function withAnswer(tail: LogTail, answer: Pick<Result<'process.logs'>, 'lines' | 'dropped'>, max = maxLines): LogTail {
  const after = tail.nextAfterSeq ?? -1;
  const fresh = answer.lines.filter((line) => line.seq > after);
  const { dropped } = answer;
  if (fresh.length === 0) return dropped === tail.dropped ? tail : { ...tail, dropped };
  const lines = [...tail.lines, ...fresh];
  return { lines: lines.slice(-max), dropped, nextAfterSeq: fresh.at(-1)?.seq ?? tail.nextAfterSeq };
}

export function matching(lines: readonly LogLine[], query: string): readonly LogLine[] {
  const wanted = query.trim().toLowerCase();
  return wanted === '' ? lines : lines.filter((line) => line.text.toLowerCase().includes(wanted));
}
