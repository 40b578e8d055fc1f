import { blockedCommand, forkBomb } from './blocked-commands.js';
import { blocked, dangerous, safe, type Verdict, worse } from './classes.js';
import { outsideOfTable } from './safe-programs.js';
import { readShellLine } from './shell-words.js';
import { unwrap } from './unwrap.js';

/** Lists of the operator, on top of the built-in ones; the last word may be `...` for any further words. */
export interface CommandRules {
  readonly allow: readonly (readonly string[])[];
  readonly block: readonly (readonly string[])[];
}

export const noRules: CommandRules = { allow: [], block: [] };

export interface CommandFacts {
  readonly argv: readonly string[];
  /** Names the agent wants to add to the environment. */
  readonly envNames: readonly string[];
}

/** A verdict, and what still has to be proved on the disk before `safe` holds. */
export type Classified = Verdict & { readonly paths: readonly string[] };

const maxChars = 65_536;
const maxArgs = 512;
const maxParts = 50;
const maxDepth = 8;
const controls = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

/** The class of an argv. Pure and total; safe only if every word is proved by a table. */
export function classify({ argv, envNames }: CommandFacts, rules: CommandRules = noRules): Classified {
  const size = argv.reduce((sum, arg) => sum + arg.length + 1, 0);
  if (argv.length === 0 || argv[0] === '') return { ...blocked('empty', 'there is no command'), paths: [] };
  if (size > maxChars || argv.length > maxArgs)
    return { ...blocked('too-long', `a command of ${argv.length} words and ${size} characters cannot be judged`), paths: [] };
  if (argv.some((arg) => arg.includes('\0'))) return { ...blocked('nul', 'a word holds a NUL'), paths: [] };
  const worst = worstOf(argv, rules, 0);
  if (worst.class === 'blocked') return { ...worst, paths: [] };
  const proof = provedSafe(argv, envNames, rules);
  return proof.class === 'safe' ? proof : { ...proof, reason: worst.rule === 'none' ? proof.reason : worst.reason };
}

/** The class of a line meant for a shell: never better than its worst part, never safe unless it needs no shell. */
export function classifyLine(line: string, rules: CommandRules = noRules): Classified {
  if (line.length > maxChars) return { ...blocked('too-long', `a line of ${line.length} characters cannot be judged`), paths: [] };
  const read = readShellLine(line);
  if (read.plain !== undefined) return classify({ argv: read.plain, envNames: [] }, rules);
  return { ...worstOfLine(line, rules, 0), paths: [] };
}

function provedSafe(argv: readonly string[], envNames: readonly string[], rules: CommandRules): Classified {
  const [program = '', ...args] = argv;
  if (envNames.length > 0) return { ...dangerous('environment', `it sets ${envNames.slice(0, 5).join(', ')}`), paths: [] };
  if (argv.some((arg) => controls.test(arg))) return { ...dangerous('control-characters', 'a word holds control characters'), paths: [] };
  if (rules.allow.some((rule) => matches(rule, argv))) return { ...safe('allowed-by-config', 'the config allows it'), paths: [] };
  if (!/^[a-z0-9_-]+$/.test(program)) return { ...dangerous('path', 'the program is named by a path or in an unusual way'), paths: [] };
  const found = outsideOfTable(program, args);
  if ('problem' in found) return { ...dangerous('not-listed', found.problem), paths: [] };
  if (found.paths.some((path) => path.startsWith('~'))) return { ...dangerous('outside', 'a path lies outside of the workspace'), paths: [] };
  return { ...safe('listed', `${program} only looks`), paths: found.paths };
}

/** Looks for the worst thing an argv may end in, through everything that runs something else. */
function worstOf(argv: readonly string[], rules: CommandRules, depth: number): Verdict {
  const none: Verdict = { class: 'safe', rule: 'none', reason: '' };
  if (argv.length === 0) return none;
  if (depth > maxDepth) return blocked('too-deep', 'commands inside of commands cannot be judged');
  const itself = blockedCommand(argv) ?? (rules.block.some((rule) => matches(rule, argv)) ? blocked('blocked-by-config', 'the config forbids it') : none);
  if (itself.class === 'blocked') return itself;
  const inner = unwrap(argv);
  if (inner === undefined) return itself;
  if ('opaque' in inner) return dangerous('interpreter', inner.opaque);
  const found = 'line' in inner ? worstOfLine(inner.line, rules, depth + 1) : worstOf(inner.argv, rules, depth + 1);
  return worse(dangerous('runs-another', `${argv[0]?.slice(0, 60)} runs another program`), found);
}

function worstOfLine(line: string, rules: CommandRules, depth: number): Verdict {
  if (line.length > maxChars) return blocked('too-long', `a line of ${line.length} characters cannot be judged`);
  if (line.includes('\0')) return blocked('nul', 'the line holds a NUL');
  if (forkBomb(line)) return blocked('fork-bomb', 'it starts itself without end');
  const { parts, special } = readShellLine(line);
  if (parts.length > maxParts) return blocked('too-many-parts', `a line of ${parts.length} commands cannot be judged`);
  const start = dangerous('shell', special === undefined ? 'a shell would run it' : `a shell would act on ${special}`);
  return parts.reduce<Verdict>((worst, part) => worse(worst, worstOf(withoutSettings(part), rules, depth + 1)), start);
}

/** `A=1 B=2 program …`: the settings are not the program. */
function withoutSettings(words: readonly string[]): readonly string[] {
  const at = words.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word));
  return at < 0 ? [] : words.slice(at);
}

function matches(rule: readonly string[], argv: readonly string[]): boolean {
  const open = rule.at(-1) === '...';
  const words = open ? rule.slice(0, -1) : rule;
  return (open ? argv.length >= words.length : argv.length === words.length) && words.every((word, index) => word === argv[index]);
}
