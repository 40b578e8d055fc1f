/** Wording and layout for people. Pure. */

/** Text of other programs may hold terminal commands: only what prints survives, plus tabs and, if asked, line breaks. */
export function printable(text: string, keepLines = false): string {
  const clean = text.replace(/\r\n?/g, '\n').replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '');
  return keepLines ? clean : clean.replaceAll('\n', ' ');
}

const widthOf = (text: string): number => [...text].length;

export type Cell = string | number | null | undefined;

/** Columns as wide as their longest cell; numbers to the right. An empty table is its header. */
export function table(header: readonly string[], rows: readonly (readonly Cell[])[]): readonly string[] {
  const shown = rows.map((row) => header.map((_, column) => printable(String(row[column] ?? '-'))));
  const widths = header.map((name, column) => Math.max(widthOf(name), ...shown.map((row) => widthOf(row[column] ?? ''))));
  const right = header.map(
    (_, column) => rows.length > 0 && rows.every((row) => row[column] === null || row[column] === undefined || typeof row[column] === 'number'),
  );
  const layOut = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => {
        const space = ' '.repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell)));
        return right[column] === true ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd();
  return [layOut(header), ...shown.map(layOut)];
}

export function duration(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return '-';
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} m ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} m` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export function bytes(count: number | null): string {
  if (count === null) return '-';
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let value = count;
  let unit = 0;
  for (; value >= 1_024 && unit < units.length - 1; unit++) value /= 1_024;
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

export const clockTime = (atMs: number): string => new Date(atMs).toISOString().slice(11, 23);

const colours = { red: 31, green: 32, yellow: 33, grey: 90, bold: 1 } as const;
export type Colour = keyof typeof colours;

export const paint = (on: boolean, colour: Colour, text: string): string => (on ? `\u001b[${colours[colour]}m${text}\u001b[0m` : text);
