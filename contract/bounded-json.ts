import { RoostError } from './errors.js';

/** Deeper nesting is refused at every door: a value that parses may still overflow whoever walks it next. */
export const maxJsonDepth = 64;

interface Level {
  readonly keys: Set<string> | undefined;
  /** Inside an object a string is a key until its colon has been seen. */
  expectsKey: boolean;
}

/** End of the string that opens at `start` (index after the closing quote), or the text's length when it never closes. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === 0x5c) at += 1;
    else if (char === 0x22) return at + 1;
  }
  return text.length;
}

function decodeKey(raw: string): string {
  try {
    return JSON.parse(raw) as string;
  } catch {
    return raw; // Not a valid string: the parser that runs afterwards says so.
  }
}

/**
 * Parses JSON that came from outside. Refused before parsing: nesting deeper than `maxDepth`, a key
 * given twice in one object (two readers would see two different values) and keys that reach a prototype.
 * `subject` starts the sentence for a person: "the body", "the frame".
 */
export function parseBoundedJson(text: string, subject: string, maxDepth = maxJsonDepth): unknown {
  const levels: Level[] = [];
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    const level = levels.at(-1);
    if (char === '"') {
      const end = endOfString(text, at);
      if (level?.keys !== undefined && level.expectsKey) {
        const key = decodeKey(text.slice(at, end));
        if (level.keys.has(key))
          throw new RoostError('bad-request', `${subject} must give each field once, got ${JSON.stringify(shorten(key))} twice`, { field: shorten(key) });
        if (key === '__proto__' || key === 'constructor' || key === 'prototype')
          throw new RoostError('bad-request', `${subject} must not hold a field named ${key}`, { field: key });
        level.keys.add(key);
        level.expectsKey = false;
      }
      at = end - 1;
    } else if (char === '{' || char === '[') {
      if (levels.length >= maxDepth) throw new RoostError('bad-request', `${subject} must not be nested deeper than ${maxDepth} levels`);
      levels.push({ keys: char === '{' ? new Set() : undefined, expectsKey: char === '{' });
    } else if (char === '}' || char === ']') {
      levels.pop();
    } else if (char === ',' && level?.keys !== undefined) {
      level.expectsKey = true;
    }
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RoostError('bad-request', `${subject} must be valid JSON, got ${text.trim() === '' ? 'nothing' : 'text that does not parse'}`, { cause });
  }
}

const shorten = (text: string): string => (text.length <= 40 ? text : `${text.slice(0, 40)}…`);
