/**
 * Programs that only look, with the flags that keep it so. What is not in the table is not safe; there is no
 * pattern that could be outwitted. Left out on purpose: git (a repository's own config may name programs to
 * run), anything that runs another program, writes, follows or talks to a network.
 */
interface SafeProgram {
  /** Single letters that may be put together as in `-la`. */
  readonly letters?: string;
  /** Whole flags. */
  readonly flags?: readonly string[];
  /** Flags followed by a value of this form, in the same word or the next. */
  readonly valued?: Readonly<Record<string, RegExp>>;
  /** What stands without a dash: paths inside the workspace, any text, or first a text and then paths. */
  readonly rest: 'none' | 'paths' | 'text' | 'text-then-paths';
  /** At least as many words without a dash: with fewer it would wait for input. */
  readonly least?: number;
}

const number = /^\d{1,9}$/;
const versionOnly: SafeProgram = { flags: ['--version', '-v', '-V'], rest: 'none' };

export const safePrograms: Readonly<Record<string, SafeProgram>> = {
  pwd: { letters: 'LP', rest: 'none' },
  true: { rest: 'none' },
  false: { rest: 'none' },
  whoami: { rest: 'none' },
  id: { letters: 'unGg', rest: 'none' },
  uname: { letters: 'asnrvmpio', rest: 'none' },
  date: { letters: 'uR', flags: ['--utc'], rest: 'none' },
  uptime: { letters: 'ps', rest: 'none' },
  echo: { letters: 'n', rest: 'text' },
  ls: {
    letters: 'aAlhs1RtrSdFinp',
    flags: ['--all', '--almost-all', '--human-readable', '--recursive', '--reverse', '--size', '--group-directories-first'],
    rest: 'paths',
  },
  cat: { letters: 'nbAETvs', flags: ['--number'], rest: 'paths', least: 1 },
  head: { letters: 'qv', valued: { '-n': number, '-c': number, '--lines': number, '--bytes': number }, rest: 'paths', least: 1 },
  tail: { letters: 'qv', valued: { '-n': number, '-c': number, '--lines': number, '--bytes': number }, rest: 'paths', least: 1 },
  wc: { letters: 'lwcmL', flags: ['--lines', '--words', '--bytes', '--chars'], rest: 'paths', least: 1 },
  nl: { letters: '', rest: 'paths', least: 1 },
  du: { letters: 'shackm', flags: ['--human-readable', '--summarize'], valued: { '-d': number, '--max-depth': number }, rest: 'paths' },
  df: { letters: 'hkTi', rest: 'none' },
  basename: { rest: 'text', least: 1 },
  dirname: { rest: 'text', least: 1 },
  cksum: { rest: 'paths', least: 1 },
  md5sum: { rest: 'paths', least: 1 },
  sha1sum: { rest: 'paths', least: 1 },
  sha256sum: { rest: 'paths', least: 1 },
  cmp: { letters: 'ls', rest: 'paths', least: 2 },
  diff: { letters: 'uqrNbwBi', flags: ['--brief', '--unified', '--recursive'], rest: 'paths', least: 2 },
  grep: {
    letters: 'niErFwxclvhHos',
    flags: ['--ignore-case', '--line-number', '--count', '--recursive', '--fixed-strings', '--word-regexp'],
    valued: { '-A': number, '-B': number, '-C': number, '-m': number, '--max-count': number },
    rest: 'text-then-paths',
    least: 2,
  },
  node: versionOnly,
  npm: versionOnly,
  python3: versionOnly,
  git: { flags: ['--version'], rest: 'none' },
};

/** Undefined when every word is in the table; else what is not. `paths` are to be proved to lie inside the workspace. */
export function outsideOfTable(program: string, args: readonly string[]): { readonly problem: string } | { readonly paths: readonly string[] } {
  if (!Object.hasOwn(safePrograms, program)) return { problem: `${program.slice(0, 60)} is not in the list of safe programs` };
  const spec = safePrograms[program] as SafeProgram;
  const rest: string[] = [];
  let onlyRest = false;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] as string;
    if (onlyRest || !arg.startsWith('-') || arg === '-') {
      if (arg === '-') return { problem: 'it would read from its input' };
      rest.push(arg);
      continue;
    }
    if (arg === '--') {
      onlyRest = true;
      continue;
    }
    const [flag, glued] = splitValue(arg);
    const valued = spec.valued !== undefined && Object.hasOwn(spec.valued, flag) ? spec.valued[flag] : undefined;
    if (valued !== undefined) {
      const value = glued ?? args[++at];
      if (value === undefined || !valued.test(value)) return { problem: `the value of ${flag} is not a plain number` };
    } else if (
      spec.flags?.includes(arg) !== true &&
      !(spec.letters !== undefined && /^-[A-Za-z0-9]+$/.test(arg) && [...arg.slice(1)].every((letter) => spec.letters?.includes(letter)))
    ) {
      return { problem: `the flag ${arg.slice(0, 60)} of ${program} is not in the list of safe flags` };
    }
  }
  if (rest.length < (spec.least ?? 0)) return { problem: 'it would wait for input' };
  if (spec.rest === 'none' && rest.length > 0) return { problem: `${program} with ${JSON.stringify(rest[0]?.slice(0, 60))} is not in the list of safe uses` };
  if (spec.rest === 'text') return { paths: [] };
  return { paths: spec.rest === 'text-then-paths' ? rest.slice(1) : rest };
}

function splitValue(arg: string): readonly [string, string | undefined] {
  const equals = arg.startsWith('--') ? arg.indexOf('=') : -1;
  if (equals > 0) return [arg.slice(0, equals), arg.slice(equals + 1)];
  return /^-[A-Za-z]\d+$/.test(arg) ? [arg.slice(0, 2), arg.slice(2)] : [arg, undefined];
}
