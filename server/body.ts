import { parseBoundedJson } from '../contract/bounded-json.js';
import { RoostError } from '../contract/errors.js';
import { inWords } from '../contract/validation.js';

export const maxBodyBytes = 256 * 1024;

/** Undefined when not one byte came. */
export function parseBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new RoostError('bad-request', 'the body must be UTF-8 text', { cause });
  }
  return parseBoundedJson(text, 'the body');
}

export function objectBody(body: unknown): unknown {
  if (body !== null && typeof body === 'object' && !Array.isArray(body)) return body;
  throw new RoostError('bad-request', `the body must be a JSON object, got ${inWords(body)}`);
}
