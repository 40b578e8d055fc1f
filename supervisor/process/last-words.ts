import type { LogLine } from './types.js';

/** What the last lines of a process say about its end. Pure: text in, a finding out. */

export type Finding =
  | { readonly cause: 'out-of-memory'; readonly line: string }
  | { readonly cause: 'rate-limit'; readonly line: string }
  | { readonly cause: 'port-conflict'; readonly line: string; readonly port: number | null };

/** Runtimes say by themselves that their memory ended: V8, the JVM, Python, Go, Rust, C++. */
const memoryEnded =
  /heap out of memory|Reached heap limit|OutOfMemoryError|^MemoryError\b|runtime: out of memory|memory allocation of \d+ bytes failed|std::bad_alloc|Cannot allocate memory/;
/** A bare 429 may count anything; it needs a word beside it that makes it a status. */
const rateLimited =
  /rate[ _-]?limit(?!er\b)|too many requests|\b(?:HTTP(?:\/\d(?:\.\d)?)?|status|code|error)\b["']?\W{0,3}(?:code\W{0,3})?429\b|\b429\b\W{0,3}too many|quota exceeded/i;
const portTaken = /EADDRINUSE|address already in use|only one usage of each socket address/i;

/** Stack frames, banners of a runtime, properties of a printed error, carets and lone brackets: they surround the reason and are not it. */
const noise =
  /^\s*(at\s|Node\.js v\d|Emitted 'error' event |\^+\s*$|~+\s*$|[\])}{[(,;]*\s*$|(code|errno|syscall|address|port|path|dest|spawnargs): |File ".*", line \d+|Traceback \(most recent|<--- |-{3,}|={3,}|note: run with `RUST_BACKTRACE)/;
const telling = /error|exception|fatal|panic|fail|cannot|can't|denied|refused|not found|missing|invalid|unable|abort|EADDRINUSE|ENOENT/i;

const lookedAt = 12;
const maxChars = 200;

export function findReason(lines: readonly string[]): Finding | null {
  const last = lines.filter((line) => line.trim() !== '').slice(-lookedAt - 20);
  const memory = last.findLast((line) => memoryEnded.test(line));
  // A dying V8 writes its reason above a long native stack, so more lines count for it.
  if (memory !== undefined) return { cause: 'out-of-memory', line: shortened(memory) };
  const near = last.filter((line) => !noise.test(line)).slice(-lookedAt);
  const port = near.findLast((line) => portTaken.test(line));
  if (port !== undefined) return { cause: 'port-conflict', line: shortened(port), port: portOf(port) };
  const limit = near.findLast((line) => rateLimited.test(line));
  return limit === undefined ? null : { cause: 'rate-limit', line: shortened(limit) };
}

/** `127.0.0.1:3000`, `:::3000`, `('127.0.0.1', 8000)`, `port 80`. */
function portOf(line: string): number | null {
  const found = [...line.matchAll(/(?::|,\s*|\bport\s+)(\d{1,5})\b/gi)].map((match) => Number(match[1])).filter((port) => port > 0 && port < 65_536);
  return found.at(-1) ?? null;
}

/** The line that says most about the end: the last of the error stream that reads like a reason, else its last, else the last of the output. */
export function lastWords(lines: readonly Pick<LogLine, 'stream' | 'text'>[]): string | null {
  for (const stream of ['err', 'out'] as const) {
    const said = lines.filter((line) => line.stream === stream && line.text.trim() !== '' && !noise.test(line.text)).slice(-30);
    const line = said.findLast(({ text }) => telling.test(text)) ?? said.at(-1);
    if (line !== undefined) return shortened(line.text);
  }
  return null;
}

const shortened = (line: string): string => {
  const text = line.trim();
  return text.length <= maxChars ? text : `${text.slice(0, maxChars - 1)}…`;
};
