import { programName } from './blocked-commands.js';

/** What another program is asked to run: an argv, a shell line, or something nobody can read. */
export type Inner = { readonly argv: readonly string[] } | { readonly line: string } | { readonly opaque: string };

const shells = new Set(['sh', 'bash', 'dash', 'zsh', 'ksh', 'ash', 'fish', 'busybox']);
const interpreters =
  /^(node|nodejs|deno|bun|python[\d.]*|perl|ruby|php|lua|awk|gawk|mawk|sed|vim?|nvim|ex|ed|emacs|osascript|powershell|pwsh|wscript|cscript|mshta|rundll32)$/;
/** Wrappers and how many words of their own stand in front of the command, besides flags. */
const wrappers: Readonly<Record<string, { readonly own: number; readonly valued: string }>> = {
  nice: { own: 0, valued: 'n' },
  ionice: { own: 0, valued: 'cn' },
  nohup: { own: 0, valued: '' },
  setsid: { own: 0, valued: '' },
  stdbuf: { own: 0, valued: 'ioe' },
  time: { own: 0, valued: 'fo' },
  timeout: { own: 1, valued: 'sk' },
  command: { own: 0, valued: '' },
  builtin: { own: 0, valued: '' },
  exec: { own: 0, valued: 'a' },
  xargs: { own: 0, valued: 'aEILlnPsdi' },
  watch: { own: 0, valued: 'n' },
  strace: { own: 0, valued: 'eopsu' },
  chroot: { own: 1, valued: '' },
  unshare: { own: 0, valued: '' },
  flock: { own: 1, valued: 'wE' },
};

/** Undefined when the program is not known to run another. */
export function unwrap(argv: readonly string[]): Inner | undefined {
  const [program = '', ...args] = argv;
  const name = programName(program);
  if (shells.has(name)) return shellInner(args);
  if (name === 'eval') return { line: args.join(' ') };
  if (name === 'cmd') {
    const at = args.findIndex((arg) => /^\/[ck]$/i.test(arg));
    return at < 0 ? { opaque: 'an interactive cmd' } : { line: args.slice(at + 1).join(' ') };
  }
  if (name === 'env') return envInner(args);
  if (name === 'find' || name === 'fd') {
    const at = args.findIndex((arg) => /^(-exec|-execdir|-ok|-okdir|-x|-X|--exec)$/.test(arg));
    return at < 0 ? undefined : { argv: args.slice(at + 1).filter((arg) => arg !== ';' && arg !== '+' && arg !== '{}') };
  }
  if (interpreters.test(name)) return { opaque: `${name} runs whatever it is given` };
  const wrapper = Object.hasOwn(wrappers, name) ? wrappers[name] : undefined;
  if (wrapper === undefined) return undefined;
  return { argv: afterFlags(args, wrapper.valued).slice(wrapper.own) };
}

function shellInner(args: readonly string[]): Inner {
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] as string;
    if (/^-[A-Za-z]*c[A-Za-z]*$/.test(arg)) return { line: args[at + 1] ?? '' };
    if (arg === '-o' || arg === '+o' || arg === '--rcfile' || arg === '--init-file') at++;
    else if (!arg.startsWith('-') && !arg.startsWith('+')) return { argv: args.slice(at) };
  }
  return { opaque: 'a shell that reads its input' };
}

function envInner(args: readonly string[]): Inner {
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] as string;
    if (arg === '-S' || arg === '--split-string') return { line: args.slice(at + 1).join(' ') };
    if (arg.startsWith('-S') || arg.startsWith('--split-string=')) return { line: [arg.replace(/^(-S|--split-string=)/, ''), ...args.slice(at + 1)].join(' ') };
    if (arg === '-u' || arg === '-C' || arg === '--unset' || arg === '--chdir') at++;
    else if (arg === '--') return { argv: args.slice(at + 1) };
    else if (!arg.startsWith('-') && !arg.includes('=')) return { argv: args.slice(at) };
  }
  return { argv: [] };
}

function afterFlags(args: readonly string[], valued: string): readonly string[] {
  let at = 0;
  for (; at < args.length; at++) {
    const arg = args[at] as string;
    if (arg === '--') return args.slice(at + 1);
    if (!arg.startsWith('-')) break;
    if (arg.length === 2 && valued.includes(arg[1] as string)) at++;
  }
  return args.slice(at);
}
