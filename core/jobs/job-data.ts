import { RoostError } from '../../contract/errors.js';

/** What one job may carry; larger things belong in a file or a key that the job names. */
export const maxDataBytes = 256 * 1024;
const maxDepth = 64;

const refuse = (message: string, field: string): RoostError => new RoostError('bad-request', message, { field });
const plain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/**
 * Refuses, before Redis sees it, whatever would not come back as it went in: circles, more than 64 levels,
 * values JSON does not know, half of a surrogate pair, keys that reach a prototype, more than 256 KiB. `field` names the place.
 */
export function checkJobData(data: unknown): void {
  walk(data, 'data', 0);
  const bytes = new TextEncoder().encode(JSON.stringify(data) ?? 'null').length;
  if (bytes > maxDataBytes) throw new RoostError('too-large', `data must be at most ${maxDataBytes} bytes of JSON, got ${bytes}`, { field: 'data' });
}

function walk(value: unknown, at: string, depth: number): void {
  if (depth > maxDepth) throw refuse(`data must not be nested deeper than ${maxDepth} levels (or hold itself)`, 'data');
  if (typeof value === 'string') {
    wellFormed(value, at);
    return;
  }
  if (value === null || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) walk(item, `${at}[${index}]`, depth + 1);
    return;
  }
  if (typeof value !== 'object' || !plain(value))
    throw refuse(`${at} must be JSON, got ${typeof value === 'object' ? 'an object of a class' : String(value)}`, at);
  for (const [key, inner] of Object.entries(value)) {
    if (key === '__proto__' || key === 'constructor' || key === 'prototype') throw refuse(`${at} must not hold a field named ${key}`, at);
    wellFormed(key, at);
    // Left out, as JSON does.
    if (inner !== undefined) walk(inner, `${at}.${key.slice(0, 40)}`, depth + 1);
  }
}

function wellFormed(text: string, at: string): void {
  if (/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text))
    throw refuse(`${at} must be well-formed Unicode (it holds half of a surrogate pair)`, at);
}
