/** What a POSIX shell would make of a line, told without running one; whatever is not plain words is only cut into parts. */

export interface ShellLine {
  /** The argv, when the line is one command of plain words; undefined when a shell would do anything more than split it. */
  readonly plain: readonly string[] | undefined;
  /** The words of every command in the line, quotes and escapes taken off, as far as they can be read. */
  readonly parts: readonly (readonly string[])[];
  /** Why it is not plain. */
  readonly special: string | undefined;
}

const separators = new Set([';', '&', '|', '\n', '\r', '(', ')', '{', '}']);
/** Outside of quotes each of these means more than itself to some shell. */
const specials = new Set(['<', '>', '$', '`', '*', '?', '[', ']', '~', '!', '#', '^', '%']);
const namesFor: Readonly<Record<string, string>> = { '\n': 'a line break', '\r': 'a carriage return', $: 'a substitution ($)', '`': 'a substitution (`)' };
const nameOf = (char: string): string => namesFor[char] ?? JSON.stringify(char);

export function readShellLine(line: string): ShellLine {
  const parts: string[][] = [[]];
  let word: string | undefined;
  let special: string | undefined;
  const mark = (what: string): void => {
    special ??= what;
  };
  const endWord = (): void => {
    if (word !== undefined) parts.at(-1)?.push(word);
    word = undefined;
  };
  for (let at = 0; at < line.length; at++) {
    const char = line[at] as string;
    if (char === ' ' || char === '\t') endWord();
    else if (separators.has(char)) {
      mark(nameOf(char));
      endWord();
      parts.push([]);
    } else if (char === "'") {
      const end = line.indexOf("'", at + 1);
      if (end < 0) mark('a quote that does not end');
      word = (word ?? '') + line.slice(at + 1, end < 0 ? undefined : end);
      at = end < 0 ? line.length : end;
    } else if (char === '"') {
      word ??= '';
      for (at += 1; at < line.length && line[at] !== '"'; at++) {
        const inner = line[at] as string;
        if (inner === '\\' && at + 1 < line.length) {
          const next = line[++at] as string;
          word += '$`"\\'.includes(next) ? next : next === '\n' ? '' : `\\${next}`;
        } else {
          if (inner === '$' || inner === '`' || inner === '!') mark(nameOf(inner));
          word += inner;
        }
      }
      if (at >= line.length) mark('a quote that does not end');
    } else if (char === '\\') {
      const next = line[++at];
      if (next === undefined || next === '\n' || next === '\r') mark('an escaped line break');
      else word = (word ?? '') + next;
    } else {
      if (specials.has(char)) mark(nameOf(char));
      // A redirect ends the word before it; what follows is a file, read here as one more word.
      if (char === '<' || char === '>') endWord();
      // Dropping the mark of an ANSI-C or locale quote lets its words be read at all.
      else if (char === '$' && (line[at + 1] === "'" || line[at + 1] === '"')) word ??= '';
      else word = (word ?? '') + char;
    }
  }
  endWord();
  const filled = parts.filter((part) => part.length > 0);
  const only = filled.length === 1 ? filled[0] : undefined;
  if (only?.[0]?.includes('=') === true) mark('a setting of the environment in front');
  return { plain: special === undefined ? only : undefined, parts: filled, special };
}
