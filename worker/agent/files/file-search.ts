import type { Clock } from '../../../core/base/clock.js';
import { readText } from './bounded-file.js';
import { existingRoots, walk } from './folder-walk.js';

export type FileQuery =
  | { readonly by: 'name'; readonly pattern: string }
  | { readonly by: 'content'; readonly text: string; readonly name: string | undefined };

export interface SearchLimits {
  readonly maxEntries: number;
  readonly maxDepth: number;
  readonly maxFileBytes: number;
  readonly maxTotalBytes: number;
  readonly maxHits: number;
  readonly maxHitsPerFile: number;
  readonly deadlineMs: number;
}

export const searchLimits: SearchLimits = {
  maxEntries: 50_000,
  maxDepth: 16,
  maxFileBytes: 2 * 1024 ** 2,
  maxTotalBytes: 128 * 1024 ** 2,
  maxHits: 30,
  maxHitsPerFile: 5,
  deadlineMs: 8_000,
};

export interface Hit {
  readonly file: string;
  /** 1-based; absent for a hit by name. */
  readonly line?: number;
  readonly excerpt?: string;
}

export interface SearchReport {
  readonly hits: readonly Hit[];
  readonly files: number;
  readonly missing: readonly string[];
  /** What kept the search from being complete. */
  readonly limits: readonly string[];
}

const maxExcerptChars = 160;

/** Looks through the folders until done or a limit is met; which one is in the report. Rejects when `signal` aborts. */
export async function searchFiles(
  query: FileQuery,
  folders: readonly string[],
  collaborators: { readonly clock: Clock; readonly signal: AbortSignal; readonly limits?: SearchLimits },
): Promise<SearchReport> {
  const { clock, signal, limits = searchLimits } = collaborators;
  const reached = new Set<string>();
  const { roots, missing } = await existingRoots(folders);
  const endMs = clock.monoMs() + limits.deadlineMs;
  const hits: Hit[] = [];
  const needle = query.by === 'content' ? query.text.toLowerCase() : '';
  const namePattern = query.by === 'name' ? query.pattern : query.name;
  let [files, bytes] = [0, 0];
  for await (const file of walk(roots, limits, signal, () => reached.add('more files than one search reads'))) {
    signal.throwIfAborted();
    const end =
      clock.monoMs() > endMs
        ? `the ${limits.deadlineMs / 1000} s of one search were up`
        : bytes > limits.maxTotalBytes
          ? 'more text than one search reads'
          : hits.length >= limits.maxHits
            ? `only the first ${limits.maxHits} are shown`
            : undefined;
    if (end !== undefined) {
      reached.add(end);
      break;
    }
    files++;
    if (namePattern !== undefined && !nameMatches(namePattern, file.shown)) continue;
    if (query.by === 'name') {
      hits.push({ file: file.shown });
      continue;
    }
    const read = await readText(file.path, limits.maxFileBytes);
    if (read.kind === 'too-large') reached.add(`files over ${limits.maxFileBytes / 1024 ** 2} MB were left out`);
    if (read.kind !== 'text') continue;
    bytes += read.bytes;
    hits.push(...hitsIn(read.text, needle, file.shown, Math.min(limits.maxHitsPerFile, limits.maxHits - hits.length)));
  }
  return { hits, files, missing, limits: [...reached] };
}

function hitsIn(text: string, needle: string, file: string, max: number): Hit[] {
  const lower = text.toLowerCase();
  const hits: Hit[] = [];
  let [line, counted] = [1, 0];
  // Lower-casing may change the length of exotic letters; then lines are still right, columns are not shown.
  for (let at = lower.indexOf(needle); at >= 0 && hits.length < max; at = lower.indexOf(needle, at)) {
    for (let newline = lower.indexOf('\n', counted); newline >= 0 && newline < at; newline = lower.indexOf('\n', counted)) {
      line++;
      counted = newline + 1;
    }
    const end = lower.indexOf('\n', at);
    hits.push({ file, line, excerpt: excerpt(lower.length === text.length ? text : lower, counted, end < 0 ? lower.length : end, at) });
    if (end < 0) break;
    at = end + 1;
  }
  return hits;
}

function excerpt(text: string, start: number, end: number, at: number): string {
  const from = Math.max(start, Math.min(at - 40, end - maxExcerptChars));
  const cut = text
    .slice(from, Math.min(end, from + maxExcerptChars))
    .replace(/[\s\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ')
    .trim();
  return `${from > start ? '…' : ''}${cut}${from + maxExcerptChars < end ? '…' : ''}`;
}

/** A pattern with * or ? must fit the whole name (or the path, when it has a slash); any other text must be in it. Case does not matter. */
export function nameMatches(pattern: string, shown: string): boolean {
  const wanted = pattern.toLowerCase();
  const path = shown.toLowerCase();
  const subject = wanted.includes('/') ? path : (path.split('/').at(-1) ?? path);
  return /[*?]/.test(wanted) ? wildcard(wanted, subject) : subject.includes(wanted);
}

/** Two pointers and one fallback: linear for every pattern, unlike a regular expression made from it. */
function wildcard(pattern: string, text: string): boolean {
  let [p, t, star, mark] = [0, 0, -1, 0];
  while (t < text.length) {
    if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t]) && pattern[p] !== '*') {
      p++;
      t++;
    } else if (pattern[p] === '*') {
      star = p++;
      mark = t;
    } else if (star >= 0) {
      p = star + 1;
      t = ++mark;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
