import type { Section } from './sections.js';
import { termOf, wordsOf } from './terms.js';

const maxPassageChars = 700;

/**
 * The part of a section that speaks most about the terms: whole blocks (paragraphs, lists, tables, code), from the
 * best one on while they fit. A single longer block is cut at a line or a word, with "…" where text is missing.
 */
export function passageOf(section: Section, terms: readonly string[]): string {
  if (section.text.length <= maxPassageChars) return section.text;
  const blocks = blocksOf(section.text);
  const scores = blocks.map((block) => scoreOf(block, terms));
  const best = scores.indexOf(Math.max(...scores));
  let passage = blocks[best] ?? '';
  if (passage.length > maxPassageChars) return `${best > 0 ? '…\n\n' : ''}${cut(passage, terms)}`;
  let [first, last] = [best, best];
  for (;;) {
    const [next, previous] = [blocks[last + 1], blocks[first - 1]];
    if (next !== undefined && passage.length + next.length + 2 <= maxPassageChars) {
      passage = `${passage}\n\n${next}`;
      last++;
    } else if (previous !== undefined && passage.length + previous.length + 2 <= maxPassageChars) {
      passage = `${previous}\n\n${passage}`;
      first--;
    } else break;
  }
  return `${first > 0 ? '…\n\n' : ''}${passage}${last < blocks.length - 1 ? '\n\n…' : ''}`;
}

/** Blank lines separate blocks, except inside a fence. */
function blocksOf(text: string): string[] {
  const blocks: string[] = [];
  let [current, fenced] = [[] as string[], false];
  for (const line of text.split('\n')) {
    if (/^ {0,3}(?:```|~~~)/.test(line)) fenced = !fenced;
    if (line.trim() === '' && !fenced) {
      if (current.length > 0) blocks.push(current.join('\n'));
      current = [];
    } else current.push(line);
  }
  if (current.length > 0) blocks.push(current.join('\n'));
  return blocks;
}

/** Distinct terms weigh most; how often they come breaks a tie. */
function scoreOf(block: string, terms: readonly string[]): number {
  const found = wordsOf(block)
    .map(termOf)
    .filter((term) => term !== undefined && terms.includes(term));
  return new Set(found).size * 10 + Math.min(found.length, 9);
}

/** The lines of a long block around the best one. */
function cut(block: string, terms: readonly string[]): string {
  const lines = block.split('\n');
  const scores = lines.map((line) => scoreOf(line, terms));
  const best = scores.indexOf(Math.max(...scores));
  const picked: string[] = [];
  let size = 0;
  for (const line of lines.slice(best)) {
    if (size + line.length > maxPassageChars && picked.length > 0) break;
    picked.push(line.length > maxPassageChars ? `${line.slice(0, maxPassageChars).replace(/\s\S*$/, '')} …` : line);
    size += line.length + 1;
  }
  return `${best > 0 ? '…\n' : ''}${picked.join('\n')}${best + picked.length < lines.length ? '\n…' : ''}`;
}
