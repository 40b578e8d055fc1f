/** The text under one heading of one file. */
export interface Section {
  readonly file: string;
  /** The heading and those above it: "Sessions > Starting"; the file's name when there is none. */
  readonly heading: string;
  /** The last part of it, for the citation. */
  readonly title: string;
  readonly line: number;
  readonly text: string;
}

const maxSectionChars = 8_000;
const maxSections = 2_000;

/** Splits Markdown at its ATX headings (a # inside a fenced block is none). Front matter is left out; a very long section becomes several. */
export function sectionsOf(file: string, markdown: string): Section[] {
  const lines = markdown.replace(/^\uFEFF/, '').split(/\r?\n/);
  const sections: Section[] = [];
  const path: string[] = [];
  let body: string[] = [];
  let [startLine, size, fence] = [1, 0, ''];
  const flush = (): void => {
    const text = body.join('\n').trim();
    if (text !== '' && sections.length < maxSections) {
      const named = path.filter((part) => part !== '');
      sections.push({ file, heading: named.join(' > ') || file, title: named.at(-1) ?? file, line: startLine, text });
    }
    body = [];
    size = 0;
  };
  for (let index = frontMatterEnd(lines); index < lines.length; index++) {
    const line = (lines[index] ?? '').slice(0, 4_000);
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (mark !== undefined && (fence === '' || (mark[0] === fence[0] && mark.length >= fence.length))) fence = fence === '' ? mark : '';
    const heading = fence === '' ? /^ {0,3}(#{1,6})[ \t]+(.*)$/.exec(line) : null;
    if (heading?.[1] !== undefined && heading[2] !== undefined) {
      flush();
      const level = heading[1].length;
      path.length = Math.min(path.length, level - 1);
      while (path.length < level - 1) path.push('');
      path.push(plainText(heading[2].replace(/[ \t]#+[ \t]*$/, '')).slice(0, 200));
      startLine = index + 1;
      continue;
    }
    if (size + line.length > maxSectionChars) flush();
    if (body.length === 0 && line.trim() === '') continue;
    if (body.length === 0 && size === 0 && sections.at(-1)?.line === startLine) startLine = index + 1;
    body.push(line);
    size += line.length + 1;
  }
  flush();
  return sections;
}

function frontMatterEnd(lines: readonly string[]): number {
  if (lines[0]?.trim() !== '---') return 0;
  const end = lines.findIndex((line, index) => index > 0 && index < 100 && line.trim() === '---');
  return end < 0 ? 0 : end + 1;
}

/** Without emphasis, code marks and link targets. */
export const plainText = (markdown: string): string =>
  markdown
    .replace(/\[([^\][]{0,300})\]\([^()\s]{0,500}\)/g, '$1')
    .replace(/[*`]+/g, '')
    .trim();
