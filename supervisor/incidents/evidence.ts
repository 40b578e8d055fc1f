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

/** What the program itself said last. */
export const lastLines = (tail: LogTail): readonly string[] =>
  tail.read(maxLines).map(({ stream, text }) => (stream === 'roost' ? `roost: ${harmless(text)}` : harmless(text)));
