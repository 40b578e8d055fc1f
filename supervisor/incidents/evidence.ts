import type { ProcessView } from '../../contract/state.js';
import { hideShapes } from '../../core/base/secrets.js';
import type { LogTail } from '../process/types.js';
import { maxLines } from './incident.js';

const maxLineChars = 500;
/** One line of a program as it may be kept and shown: no secrets, no control bytes, no endless text. */
export function harmless(line: string): string {
  const clean = hideShapes(line)
    .replace(/\u001b\[[0-9;?]*[A-Za-z]|\u001b\][^\u0007]*(?:\u0007|$)/g, '')
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '');
  return clean.length <= maxLineChars ? clean : `${clean.slice(0, maxLineChars)}…`;
}

/** What the program itself said last, from the begin of a life to that of the next: a log goes on over the lives of its process. */
export const lastLines = (tail: LogTail, sinceMs = 0, untilMs = Number.POSITIVE_INFINITY): readonly string[] =>
  tail
    .read(maxLines)
    .filter(({ atMs }) => atMs >= sinceMs && atMs < untilMs)
    .map(({ stream, text }) => (stream === 'roost' ? `roost: ${harmless(text)}` : harmless(text)));

/** When the next life began, where it has already: a process is started again first and reported then. */
export const successorOf = ({ lastExit, incarnation, startedAtMs }: Pick<ProcessView, 'lastExit' | 'incarnation' | 'startedAtMs'>): number | undefined =>
  lastExit?.life !== undefined && incarnation > lastExit.life.number ? (startedAtMs ?? undefined) : undefined;
