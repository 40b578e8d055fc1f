/** The little Markdown that agents write, as data: the screen makes elements of it and never HTML. */
export type Inline = { readonly kind: 'text' | 'code' | 'strong'; readonly text: string };
export type Block =
  | { readonly kind: 'paragraph' | 'heading' | 'quote'; readonly inlines: readonly Inline[] }
  | { readonly kind: 'bullets'; readonly items: readonly (readonly Inline[])[] }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'table'; readonly head: readonly (readonly Inline[])[]; readonly rows: readonly (readonly (readonly Inline[])[])[] };

const bullet = /^\s{0,3}(?:[-*•]|\d{1,3}[.)])\s+/;
const ordered = /^\s{0,3}\d{1,3}[.)]\s+/;

/** Splits into blocks; whatever is not recognised stays a paragraph with its line breaks. */
export function blocksOf(source: string): readonly Block[] {
  const blocks: Block[] = [];
  const lines = source.replace(/\r\n?/g, '\n').split('\n');
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] ?? '';
    if (line.trim() === '') {
      at += 1;
      continue;
    }
    if (line.trimStart().startsWith('```')) {
      const end = lines.findIndex((later, index) => index > at && later.trimStart().startsWith('```'));
      const stop = end === -1 ? lines.length : end;
      blocks.push({ kind: 'code', text: lines.slice(at + 1, stop).join('\n') });
      at = stop + 1;
      continue;
    }
    const from = at;
    if (isTable(lines, at)) {
      at += 2;
      while (at < lines.length && (lines[at] ?? '').trimStart().startsWith('|')) at += 1;
      const head = cellsOf(line);
      const rows = lines.slice(from + 2, at).map((row) => head.map((_, column) => cellsOf(row)[column] ?? []));
      blocks.push({ kind: 'table', head, rows });
      continue;
    }
    if (/^#{1,6}\s/.test(line)) {
      blocks.push({ kind: 'heading', inlines: inlinesOf(line.replace(/^#{1,6}\s+/, '')) });
      at += 1;
    } else if (line.startsWith('>')) {
      while (at < lines.length && (lines[at] ?? '').startsWith('>')) at += 1;
      blocks.push({
        kind: 'quote',
        inlines: inlinesOf(
          lines
            .slice(from, at)
            .map((quoted) => quoted.replace(/^>\s?/, ''))
            .join('\n'),
        ),
      });
    } else if (bullet.test(line) && !ordered.test(line)) {
      while (at < lines.length && bullet.test(lines[at] ?? '')) at += 1;
      blocks.push({ kind: 'bullets', items: lines.slice(from, at).map((item) => inlinesOf(item.replace(bullet, ''))) });
    } else {
      at += 1;
      while (at < lines.length && !startsBlock(lines[at] ?? '') && !isTable(lines, at)) at += 1;
      blocks.push({ kind: 'paragraph', inlines: inlinesOf(lines.slice(from, at).join('\n')) });
    }
  }
  return blocks;
}

/** A row of cells above a row of dashes. */
const isTable = (lines: readonly string[], at: number): boolean =>
  (lines[at] ?? '').trimStart().startsWith('|') && /^\s*\|(\s*:?-{3,}:?\s*\|)+\s*$/.test(lines[at + 1] ?? '');

/** A bar with a backslash before it is text. */
const cellsOf = (row: string): readonly (readonly Inline[])[] =>
  row
    .trim()
    .replace(/^\||(?<!\\)\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => inlinesOf(cell.trim()));

const startsBlock = (line: string): boolean =>
  line.trim() === '' || line.startsWith('>') || line.trimStart().startsWith('```') || /^#{1,6}\s/.test(line) || (bullet.test(line) && !ordered.test(line));

/** A backslash before a mark says that it is none. */
const unescaped = (text: string): string => text.replace(/\\([\\`*_[\]|<>#~])/g, '$1');

/** `code` and **strong**; an opening mark without its end is plain text. */
export function inlinesOf(text: string): readonly Inline[] {
  const inlines: Inline[] = [];
  let rest = 0;
  for (const match of text.matchAll(/(?<!\\)`([^`\n]{1,400})`|(?<!\\)\*\*([^*\n]{1,400})\*\*/g)) {
    if (match.index > rest) inlines.push({ kind: 'text', text: unescaped(text.slice(rest, match.index)) });
    inlines.push(match[1] === undefined ? { kind: 'strong', text: unescaped(match[2] ?? '') } : { kind: 'code', text: match[1] });
    rest = match.index + match[0].length;
  }
  if (rest < text.length) inlines.push({ kind: 'text', text: unescaped(text.slice(rest)) });
  return inlines;
}
