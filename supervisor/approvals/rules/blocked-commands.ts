import { blocked, type Verdict } from './classes.js';

/** What no approval should ever let through: it ends the machine, the account or the trust in this log. */

const rootPrograms = new Set(['sudo', 'su', 'doas', 'pkexec', 'runas', 'gsudo', 'run0']);
const diskPrograms = /^(mkfs(\..+)?|mke2fs|mkswap|fdisk|sfdisk|cfdisk|gdisk|sgdisk|parted|wipefs|blkdiscard|diskpart|format|cryptsetup|shred)$/;
const powerPrograms = new Set(['shutdown', 'reboot', 'halt', 'poweroff', 'telinit']);
const wholeTree =
  /^(\/+\.?|\/+\*|~|~\/+\*?|\$\{?HOME\}?\/?\*?|[A-Za-z]:[\\/]*\*?|\/(bin|boot|dev|etc|home|lib|lib64|opt|proc|root|run|sbin|srv|sys|usr|var|Users|System|Library|Applications)\/*\*?)$/;
const devices = /^(of=)?\/dev\/(?!null$|zero$|stdout$|stderr$|tty$)/;

/** The name a program goes by, whatever path, case or Windows ending it is written with. */
export const programName = (program: string): string =>
  (program.split(/[\\/]/).at(-1) ?? '')
    .toLowerCase()
    .replace(/[. ]+$/, '')
    .replace(/\.(exe|com)$/, '');

const has = (args: readonly string[], letters: RegExp, words: readonly string[]): boolean =>
  args.some((arg) => words.includes(arg) || (/^-[A-Za-z]+$/.test(arg) && letters.test(arg)));

export function blockedCommand(argv: readonly string[]): Verdict | undefined {
  const [program = '', ...args] = argv;
  const name = programName(program);
  if (rootPrograms.has(name)) return blocked('root', `${name} would run with the rights of another account`);
  if (diskPrograms.test(name)) return blocked('disk', `${name} destroys file systems or files beyond repair`);
  if (
    powerPrograms.has(name) ||
    (name === 'init' && /^[06]$/.test(args[0] ?? '')) ||
    (name === 'systemctl' && args.some((arg) => /^(poweroff|reboot|halt)$/.test(arg)))
  )
    return blocked('power', `${name} would switch the machine off`);
  if (name === 'rm' || name === 'rmdir' || name === 'unlink') {
    if (args.includes('--no-preserve-root')) return blocked('delete-all', 'it asks for the root of the file system to be deleted');
    if (has(args, /[rRf]/, ['--recursive', '--force']) && args.some((arg) => wholeTree.test(arg)))
      return blocked('delete-all', 'it would delete a whole system or home folder');
  }
  if ((name === 'chmod' || name === 'chown' || name === 'chgrp') && has(args, /R/, ['--recursive']) && args.some((arg) => wholeTree.test(arg)))
    return blocked('rights-of-all', 'it would change the rights of a whole system or home folder');
  if (name === 'dd' && args.some((arg) => arg.startsWith('of=') && devices.test(arg))) return blocked('disk', 'dd would write over a device');
  if ((name === 'mv' || name === 'cp' || name === 'tee') && args.some((arg) => devices.test(arg))) return blocked('disk', `${name} would write over a device`);
  if ((name === 'del' || name === 'erase' || name === 'rd') && args.some((arg) => /^\/s$/i.test(arg)))
    return blocked('delete-all', 'it would delete a whole tree without asking');
  if (name === 'vssadmin' || name === 'bcdedit' || (name === 'reg' && args[0]?.toLowerCase() === 'delete'))
    return blocked('windows', `${name} would change what Windows needs to start or to restore`);
  if (/\.(bat|cmd)$/.test(name) && args.length > 0) return blocked('batch', 'a batch file reads its arguments as commands (CVE-2024-27980)');
  return undefined;
}

/** `:(){ :|:& };:` and its relatives: a function that starts itself twice. */
export function forkBomb(line: string): boolean {
  const start = line.slice(0, 1_024);
  const defined = /([A-Za-z_:][\w:]*)[ \t]*\(\)[ \t]*\{/.exec(start)?.[1];
  return defined !== undefined && start.replace(/\s+/g, '').includes(`${defined}|${defined}`);
}
