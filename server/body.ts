import { isUtf8 } from 'node:buffer';
import { parseBoundedJson } from '../contract/bounded-json.js';
import { RoostError } from '../contract/errors.js';
import { inWords } from '../contract/validation.js';

export const maxBodyBytes = 256 * 1024;
const byteOrderMark = 0xfeff;

/** Undefined when not one byte came. */
export function parseBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  if (!isUtf8(bytes)) throw new RoostError('bad-request', 'the body must be UTF-8 text');
  const text = bytes.toString('utf8');
  return parseBoundedJson(text.charCodeAt(0) === byteOrderMark ? text.slice(1) : text, 'the body');
}

export function objectBody(body: unknown): unknown {
  if (body !== null && typeof body === 'object' && !Array.isArray(body)) return body;
  throw new RoostError('bad-request', `the body must be a JSON object, got ${inWords(body)}`);
}
