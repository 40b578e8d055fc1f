/** A stretch of text with its marks; marks do not nest, which is what agents write. */
export interface Inline {
  readonly kind: 'text' | 'code' | 'strong' | 'emphasis' | 'struck' | 'link';
  readonly text: string;
  /** Of a link: shown beside its words, never followed. */
  readonly address?: string;
}

/** Each alternative is bounded and none begins inside another, so the search is linear. */
const marks =
  /(?<!\\)``([^\n]{1,400}?)``|(?<!\\)`([^`\n]{1,400})`|(?<!\\)\*\*([^*\n]{1,400})\*\*|(?<![\\\w*])\*([^\s*][^*\n]{0,399})(?<!\s)\*(?!\w)|(?<![\\\w])_([^\s_][^_\n]{0,399})(?<!\s)_(?!\w)|(?<!\\)~~([^~\n]{1,400})~~|(?<!\\)!?\[([^\][\n]{1,400})\]\(([^()\s]{1,800})\)/g;

/** A backslash before a mark says that it is none. */
const unescaped = (text: string): string => text.replace(/\\([\\`*_[\]()|<>#~])/g, '$1');

/** `code`, **strong**, *emphasis*, ~~struck~~ and [links](address); an opening mark without its end is plain text. */
export function inlinesOf(text: string): readonly Inline[] {
  const inlines: Inline[] = [];
  let rest = 0;
  for (const match of text.matchAll(marks)) {
    if (match.index > rest) inlines.push({ kind: 'text', text: unescaped(text.slice(rest, match.index)) });
    inlines.push(inlineOf(match));
    rest = match.index + match[0].length;
  }
  if (rest < text.length) inlines.push({ kind: 'text', text: unescaped(text.slice(rest)) });
  return inlines;
}

function inlineOf([, twice, code, strong, starred, lined, struck, words = '', address = '']: RegExpMatchArray): Inline {
  const kept = twice?.trim() ?? code;
  if (kept !== undefined) return { kind: 'code', text: kept };
  if (strong !== undefined) return { kind: 'strong', text: unescaped(strong) };
  const emphasis = starred ?? lined;
  if (emphasis !== undefined) return { kind: 'emphasis', text: unescaped(emphasis) };
  if (struck !== undefined) return { kind: 'struck', text: unescaped(struck) };
  return { kind: 'link', text: unescaped(words), address };
}
