/** Text from outside inside a report: one line, and nothing in it that Markdown would read as a mark. */
export function plain(text: string, maxChars = 300): string {
  const line = text.replace(/[\s\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g, ' ').trim();
  const cut = line.length > maxChars ? `${line.slice(0, maxChars).replace(/[\uD800-\uDBFF]$/, '')}…` : line;
  return cut.replace(/[\\`*_[\]|<>#~]/g, '\\$&');
}

/** A table; cells come out as they are and must be `plain` where they hold text from outside. */
export function markdownTable(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [row(header), row(header.map(() => '---')), ...rows.map(row)].join('\n');
}

/** A number for people: whole where it is large, three figures where it is small. */
export function figure(value: number | null | undefined, unit = ''): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  const text = Number.isInteger(value) || Math.abs(value) >= 1_000 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
  return unit === '' ? text : `${text} ${unit}`;
}

export const percent = (share: number | null): string =>
  share === null || !Number.isFinite(share) ? '–' : `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;

/** "1 page", "3 pages". */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;
