import { decodeEntities } from './entities.js';

export interface PageText {
  readonly title: string;
  /** One block of the page a line. */
  readonly text: string;
}

/** Their content is not read by people. */
const silent: ReadonlySet<string> = new Set([
  'script',
  'style',
  'noscript',
  'template',
  'svg',
  'math',
  'iframe',
  'object',
  'canvas',
  'textarea',
  'select',
  'title',
]);
const inline: ReadonlySet<string> = new Set(
  'a abbr b bdi bdo cite code data del dfn em font i ins kbd label mark q s samp small span strong sub sup time tt u var wbr'.split(' '),
);
const tagName = /^<(\/?)([A-Za-z][A-Za-z0-9:-]{0,30})/;

/** End of a tag: `>` outside of quotes. */
function tagEnd(html: string, from: number): number {
  let quote = '';
  for (let at = from; at < html.length; at++) {
    const char = html[at] ?? '';
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === '"' || char === "'") quote = char;
    else if (char === '>') return at + 1;
  }
  return html.length;
}

/** What a person reads of a page, in one pass and without building a tree: bounded by the size of the input whatever it holds. */
export function pageText(html: string): PageText {
  const lower = html.toLowerCase();
  const pieces: string[] = [];
  let title = '';
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf('<', at);
    if (open === -1) {
      pieces.push(html.slice(at));
      break;
    }
    pieces.push(html.slice(at, open));
    if (html.startsWith('<!--', open)) {
      const end = html.indexOf('-->', open + 4);
      at = end === -1 ? html.length : end + 3;
      continue;
    }
    const tag = tagName.exec(html.slice(open, open + 40));
    if (tag === null) {
      // A bare `<` is text; a declaration or processing instruction is not.
      const next = html[open + 1];
      if (next === '!' || next === '?' || next === '/') at = tagEnd(html, open + 1);
      else {
        pieces.push('<');
        at = open + 1;
      }
      continue;
    }
    const name = (tag[2] ?? '').toLowerCase();
    at = tagEnd(html, open + 1);
    if (tag[1] === '' && silent.has(name) && html[at - 2] !== '/') {
      const close = lower.indexOf(`</${name}`, at);
      const end = close === -1 ? html.length : close;
      if (name === 'title' && title === '') title = collapse(decodeEntities(html.slice(at, end)));
      at = close === -1 ? html.length : tagEnd(html, close);
    }
    pieces.push(name === 'br' || !inline.has(name) ? '\n' : '');
  }
  const text = decodeEntities(pieces.join(''))
    .split('\n')
    .map(collapse)
    .filter((line) => line !== '')
    .join('\n');
  return { title, text };
}

const collapse = (text: string): string => text.replace(/[\s\u00a0]+/g, ' ').trim();

/** Sentences of each block, each once and at most `max`; a block without an end mark is one sentence. */
export function sentencesOf(text: string, max: number): readonly string[] {
  const found = new Set<string>();
  for (const line of text.split('\n')) {
    for (const part of line.split(/(?<=[.!?…])\s+(?=[\p{Lu}\p{N}"“„«(])/u)) {
      const sentence = part.trim().slice(0, 500);
      if (sentence.length >= 3) found.add(sentence);
      if (found.size >= max) return [...found];
    }
  }
  return [...found];
}

/** Amounts with a currency before or behind, as they are written, each once. */
export function pricesOf(text: string, max = 200): readonly string[] {
  const found = new Set<string>();
  for (const match of text.matchAll(/(?:[$€£¥]\s?\d{1,9}(?:[.,]\d{1,3})*)|(?:\d{1,9}(?:[.,]\d{1,3})*\s?(?:€|USD\b|EUR\b|GBP\b|CHF\b))/g)) {
    found.add(match[0].replace(/[\s\u00a0]+/g, ''));
    if (found.size >= max) break;
  }
  return [...found];
}
