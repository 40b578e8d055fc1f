import { type Inline, inlinesOf } from './rich-inline.js';

/** The Markdown that agents write, as data: the screen makes elements of it and never HTML. */
export type Block =
  | { readonly kind: 'paragraph' | 'heading'; readonly inlines: readonly Inline[] }
  | { readonly kind: 'quote'; readonly blocks: readonly Block[] }
  | {
      readonly kind: 'list' /** The number of the first item; null for bullets. */;
      readonly from: number | null;
      readonly items: readonly (readonly Block[])[];
    }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'rule' }
  | { readonly kind: 'table'; readonly head: readonly (readonly Inline[])[]; readonly rows: readonly (readonly (readonly Inline[])[])[] };

const marker = /^(\s*)([-*+•]|(\d{1,9})[.)])(?:\s+|$)/;
const rule = /^\s{0,3}(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,})$/;
const fence = /^\s*(`{3,}|~{3,})/;
/** Deeper quotes and lists are shown flat: nobody reads them, and a stack has an end. */
const deepest = 8;

/**
 * Splits into blocks; whatever is not recognised stays a paragraph with its line breaks. Every line is looked at once a
 * level and levels are bounded, so a long answer made to hurt costs no more than any other of its length.
 */
export function blocksOf(source: string): readonly Block[] {
  return read(source.replace(/\r\n?/g, '\n').split('\n'), 0);
}

function read(lines: readonly string[], depth: number): readonly Block[] {
  const blocks: Block[] = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] ?? '';
    const from = at;
    const fenced = fence.exec(line)?.[1];
    if (line.trim() === '') {
      at += 1;
    } else if (fenced !== undefined) {
      const close = (later: string): boolean => later.trim().startsWith(fenced) && later.trim().replaceAll(fenced[0] ?? '', '') === '';
      at += 1;
      while (at < lines.length && !close(lines[at] ?? '')) at += 1;
      blocks.push({ kind: 'code', text: lines.slice(from + 1, at).join('\n') });
      at += 1;
    } else if (isTable(lines, at)) {
      at += 2;
      while (at < lines.length && (lines[at] ?? '').trimStart().startsWith('|')) at += 1;
      const head = cellsOf(line);
      const rows = lines.slice(from + 2, at).map((row) => {
        const cells = cellsOf(row);
        return head.map((_, column) => cells[column] ?? []);
      });
      blocks.push({ kind: 'table', head, rows });
    } else if (/^#{1,6}\s/.test(line)) {
      blocks.push({ kind: 'heading', inlines: inlinesOf(line.replace(/^#{1,6}\s+/, '')) });
      at += 1;
    } else if (rule.test(line)) {
      blocks.push({ kind: 'rule' });
      at += 1;
    } else if (depth < deepest && line.startsWith('>')) {
      while (at < lines.length && (lines[at] ?? '').startsWith('>')) at += 1;
      const quoted = lines.slice(from, at).map((each) => each.replace(/^>\s?/, ''));
      blocks.push({ kind: 'quote', blocks: read(quoted, depth + 1) });
    } else if (depth < deepest && marker.test(line)) {
      const list = readList(lines, at, depth);
      blocks.push(list.block);
      at = list.end;
    } else {
      at += 1;
      while (at < lines.length && !startsBlock(lines, at, depth)) at += 1;
      blocks.push({ kind: 'paragraph', inlines: inlinesOf(lines.slice(from, at).join('\n')) });
    }
  }
  return blocks;
}

/** Items of one list: lines with the same kind of mark, each with the lines that stand further in. */
function readList(lines: readonly string[], start: number, depth: number): { readonly block: Block; readonly end: number } {
  const first = marker.exec(lines[start] ?? '');
  const indent = first?.[1]?.length ?? 0;
  const ordered = first?.[3] !== undefined;
  const items: (readonly Block[])[] = [];
  let at = start;
  while (at < lines.length) {
    const line = lines[at] ?? '';
    const mark = marker.exec(line);
    if (mark === null || (mark[1]?.length ?? 0) > indent + 1 || (mark[3] !== undefined) !== ordered || rule.test(line)) break;
    const item = [line.slice(mark[0].length)];
    const inset = Math.max(mark[0].length, indent + 2);
    at += 1;
    while (at < lines.length && belongs(lines, at, indent)) {
      const more = lines[at] ?? '';
      item.push(more.slice(Math.min(inset, inOf(more))));
      at += 1;
    }
    items.push(read(item, depth + 1));
    // A loose list has an empty line between its items.
    let next = at;
    while (next < lines.length && (lines[next] ?? '').trim() === '') next += 1;
    if (next > at && marker.test(lines[next] ?? '')) at = next;
  }
  return { block: { kind: 'list', from: ordered ? Number(first?.[3]) : null, items }, end: Math.max(at, start + 1) };
}

/** Further in than the mark, or an empty line before such a one. */
function belongs(lines: readonly string[], at: number, indent: number): boolean {
  const line = lines[at] ?? '';
  if (line.trim() !== '') return inOf(line) > indent + 1 || !(startsSomething(line) || line.startsWith('|'));
  const next = lines[at + 1] ?? '';
  return next.trim() !== '' && inOf(next) > indent + 1;
}

/** How far in a line begins. */
const inOf = (line: string): number => line.length - line.trimStart().length;

const startsSomething = (line: string): boolean => marker.test(line) || line.startsWith('>') || fence.test(line) || /^#{1,6}\s/.test(line) || rule.test(line);

/** A numbered line in the middle of a paragraph is a date or a figure unless it begins a list at 1. */
function startsBlock(lines: readonly string[], at: number, depth: number): boolean {
  const line = lines[at] ?? '';
  if (line.trim() === '' || fence.test(line) || /^#{1,6}\s/.test(line) || isTable(lines, at)) return true;
  if (depth >= deepest) return false;
  const mark = marker.exec(line);
  return line.startsWith('>') || (mark !== null && line.length > mark[0].length && (mark[3] === undefined || mark[3] === '1'));
}

/** A row of cells above a row of dashes. */
const isTable = (lines: readonly string[], at: number): boolean =>
  (lines[at] ?? '').trimStart().startsWith('|') && /^\s*\|(?:\s*:?-{3,}:?\s*\|)+\s*$/.test(lines[at + 1] ?? '');

/** A bar with a backslash before it is text. */
const cellsOf = (row: string): readonly (readonly Inline[])[] =>
  row
    .trim()
    .replace(/^\||(?<!\\)\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => inlinesOf(cell.trim()));
