/** How a waiting shell is told what to become. Fixed script, data in lines: nothing of the data is ever evaluated. */

export interface Orders {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Whether the program keeps our end of its input; it reads from nothing otherwise. */
  readonly keepsInput: boolean;
}

/**
 * Reads lines until it is told to go: `d` the directory, `e` a variable, `a` an argument, `x` or `p` the end. At the end of
 * input it goes away. `exec` keeps the pid; what the shell itself put into the environment is taken out again.
 */
export const standbyScript = [
  'while IFS= read -r line; do',
  '  case $line in',
  '    d*) cd -P "${line#d}" || exit 126 ;;',
  '    e*) export "${line#e}" ;;',
  '    a*) set -- "$@" "${line#a}" ;;',
  '    x) unset PWD OLDPWD line; exec "$@" </dev/null ;;',
  '    p) unset PWD OLDPWD line; exec "$@" ;;',
  '  esac',
  'done',
].join('\n');

/** The shell reads a byte at a time, so that it takes none of the program's own input: beyond this a plain start is as fast. */
const maxBytes = 1_500;
/** Bytes that no shell treats in a way of its own. */
const plain = /^[\x20-\x7e]*$/;
const name = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Variables that the shell has its own use for. */
const ofTheShell = new Set(['PWD', 'OLDPWD', 'PPID', 'OPTIND', 'LINENO', 'IFS', 'ENV', 'line', '_']);

/** Whether a shell passes on a variable of this name as it was given. */
export const canHold = (key: string): boolean => name.test(key) && !ofTheShell.has(key);

/** The lines that make a shell with the environment `present`, all of which it can hold, become the program; null for one that needs a start of its own. */
export function ordersText({ argv, cwd, env, keepsInput }: Orders, present: Readonly<Record<string, string>>): string | null {
  const lines = [`d${cwd}`];
  for (const [key, value] of Object.entries(env)) {
    if (present[key] === value) continue;
    if (!canHold(key)) return null;
    lines.push(`e${key}=${value}`);
  }
  // The shell can add variables and change them, not leave one out that it was given.
  for (const key of Object.keys(present)) if (!Object.hasOwn(env, key)) return null;
  for (const arg of argv) lines.push(`a${arg}`);
  lines.push(keepsInput ? 'p' : 'x');
  const text = `${lines.join('\n')}\n`;
  return text.length <= maxBytes && lines.every((line) => plain.test(line)) ? text : null;
}
