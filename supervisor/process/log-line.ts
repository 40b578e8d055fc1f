/** Makes a line of a foreign program safe to keep and to show: control bytes become visible text, never acts. */

const colour = /\x1b\[[0-9;:]*m/g;
/** C0 but tab, DEL, C1, line and paragraph separators, bidirectional controls, lone surrogates. */
const unsafe =
  /[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function visible(char: string): string {
  const code = char.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return '\u2421';
  if (code >= 0xd800 && code <= 0xdfff) return '\ufffd';
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** Nothing in it that would be written in another way: printable ASCII, tabs and line ends. */
export const isPlain = (text: string): boolean => !/[^\t\n\r\x20-\x7e]/.test(text);

/** Colours are dropped, every other control is written out; at most `maxChars` long; doing it twice changes nothing. */
export function safeLine(text: string, maxChars: number): string {
  // Cut before the work, so that a huge line costs no more than a long one, and after it, as escapes grow.
  const clean = text
    .slice(0, maxChars + 1)
    .replace(colour, '')
    .replace(unsafe, visible);
  if (clean.length <= maxChars && text.length <= maxChars) return clean;
  const cut = clean.slice(0, maxChars - 1);
  const last = cut.charCodeAt(cut.length - 1);
  return `${last >= 0xd800 && last <= 0xdbff ? cut.slice(0, -1) : cut}…`;
}

/** Splits decoded text into lines across chunks; LF, CRLF and a bare CR (progress bars) end a line. Holds at most one line. */
export class LineSplitter {
  readonly #maxChars: number;
  #rest = '';
  #cut = false;
  #afterCr = false;

  constructor(maxChars: number) {
    this.#maxChars = maxChars;
  }

  push(text: string): string[] {
    const fresh = this.#afterCr && text.startsWith('\n') ? text.slice(1) : text;
    if (text !== '') this.#afterCr = text.endsWith('\r');
    const lines = fresh.includes('\r') ? fresh.split(/\r\n|\n|\r/) : fresh.split('\n');
    lines[0] = this.#rest + (this.#cut ? '' : (lines[0] ?? ''));
    this.#rest = lines.pop() ?? '';
    if (lines.length > 0) this.#cut = false;
    // One more than allowed stays, so that the cut shows; the rest of the line is skipped until its end.
    if (this.#rest.length > this.#maxChars) {
      this.#rest = this.#rest.slice(0, this.#maxChars + 1);
      this.#cut = true;
    }
    return lines;
  }

  /** What stood after the last line end, when the stream is over. */
  flush(): string | null {
    const rest = this.#rest;
    this.#rest = '';
    this.#cut = false;
    return rest === '' ? null : rest;
  }
}
