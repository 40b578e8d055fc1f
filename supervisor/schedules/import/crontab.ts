import { RoostError } from '../../../contract/errors.js';

/** One line of a crontab: when, and the program with its arguments, or why that cannot be taken over. */
export interface CrontabLine {
  readonly source: string;
  readonly line: number;
  readonly cron: string;
  readonly tz: string | undefined;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly input: string | undefined;
  readonly cannot: string | undefined;
}

const maxChars = 1_000_000;
/** Settings of cron itself, not variables of the program. */
const cronOnly = new Set(['CRON_TZ', 'TZ', 'MAILTO', 'MAILFROM', 'SHELL', 'RANDOM_DELAY', 'START_HOURS_RANGE', 'CONTENT_TYPE', 'CONTENT_TRANSFER_ENCODING']);

/** A user's crontab as `crontab -l` prints it. A line that needs a shell is said to need one; nothing is guessed. */
export function readCrontab(text: string): readonly CrontabLine[] {
  if (text.length > maxChars) throw new RoostError('bad-request', `text must be at most ${maxChars} characters long, got ${text.length}`, { field: 'text' });
  const env: Record<string, string> = {};
  let tz: string | undefined;
  const found: CrontabLine[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const setting = /^([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/.exec(line);
    if (setting?.[1] !== undefined) {
      const value = unquoted(setting[2] ?? '');
      if (setting[1] === 'CRON_TZ' || setting[1] === 'TZ') tz = value;
      if (!cronOnly.has(setting[1]) || setting[1] === 'TZ') env[setting[1]] = value;
      continue;
    }
    found.push(lineOf(line, index + 1, tz, { ...env }));
  }
  return found;
}

const unquoted = (text: string): string => /^(['"])(.*)\1$/.exec(text)?.[2] ?? text;

function lineOf(source: string, line: number, tz: string | undefined, env: Readonly<Record<string, string>>): CrontabLine {
  const parts = source.startsWith('@') ? /^(@\w+)\s+(.*)$/.exec(source) : /^((?:\S+\s+){4}\S+)\s+(.*)$/.exec(source);
  const nothing = { source, line, cron: '', tz, argv: [], env, input: undefined };
  if (parts?.[1] === undefined || parts[2] === undefined)
    return { ...nothing, cannot: 'is neither a comment, a setting nor a line with five fields and a command' };
  const cron = parts[1].split(/\s+/).join(' ');
  if (cron.toLowerCase() === '@reboot') return { ...nothing, cron, cannot: '@reboot is no recurring job: make it a service, which starts with Roost' };
  // The first bare % ends the command and begins its input; further ones are line ends there.
  const [command = '', ...rest] = parts[2].split(/(?<!\\)%/).map((part) => part.replaceAll('\\%', '%'));
  const words = wordsOf(command);
  const input = rest.length === 0 ? undefined : `${rest.join('\n')}\n`;
  if ('needsShell' in words) return { ...nothing, cron, cannot: `needs a shell (${words.needsShell}): put it into a script and name that` };
  if (words.argv.length === 0) return { ...nothing, cron, cannot: 'has no command' };
  return { source, line, cron, tz, argv: words.argv, env: { ...env, ...words.env }, input, cannot: undefined };
}

const builtins = new Set([
  'cd',
  'source',
  '.',
  'export',
  'set',
  'unset',
  'eval',
  'exec',
  'if',
  'for',
  'while',
  'case',
  'until',
  'test',
  '[',
  '[[',
  'ulimit',
  'umask',
  'alias',
  'trap',
  'wait',
  '!',
  '{',
  'time',
]);

/** A command as a shell would split it, as long as splitting is all the shell would do. */
export function wordsOf(
  command: string,
): { readonly argv: readonly string[]; readonly env: Readonly<Record<string, string>> } | { readonly needsShell: string } {
  const argv: string[] = [];
  const env: Record<string, string> = {};
  let at = 0;
  while (at < command.length) {
    if (/\s/.test(command[at] ?? '')) {
      at++;
      continue;
    }
    let word = '';
    let plainStart = '';
    let quoted = false;
    const start = at;
    for (; at < command.length && !/\s/.test(command[at] ?? ''); ) {
      const char = command[at] ?? '';
      if (char === "'" || char === '"') {
        const end = endOfQuote(command, at);
        if (end < 0) return { needsShell: 'a quote without an end' };
        const inner = command.slice(at + 1, end);
        if (char === '"' && /[$`!]/.test(inner.replace(/\\[\\"$`]/g, ''))) return { needsShell: 'a variable or a command in double quotes' };
        word += char === "'" ? inner : inner.replace(/\\([\\"$`])/g, '$1');
        quoted = true;
        at = end + 1;
        continue;
      }
      if (char === '\\') {
        if (at + 1 >= command.length) return { needsShell: 'a backslash at the end' };
        word += command[at + 1];
        quoted = true;
        at += 2;
        continue;
      }
      if (/[|&;<>()$`*?[\]{}!]/.test(char)) return { needsShell: char };
      if ((char === '~' || char === '#') && at === start) return { needsShell: char };
      if (!quoted) plainStart += char;
      word += char;
      at++;
    }
    const assignment = argv.length === 0 ? /^([A-Za-z_][A-Za-z0-9_]*)=/.exec(plainStart) : null;
    if (assignment?.[1] !== undefined) env[assignment[1]] = word.slice(assignment[0].length);
    else argv.push(word);
  }
  const [program] = argv;
  return program !== undefined && builtins.has(program) ? { needsShell: program } : { argv, env };
}

function endOfQuote(text: string, start: number): number {
  const quote = text[start];
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\' && quote === '"') at++;
    else if (text[at] === quote) return at;
  }
  return -1;
}
