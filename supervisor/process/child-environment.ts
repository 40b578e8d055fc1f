import type { Launch } from './types.js';

type Source = Readonly<Record<string, string | undefined>>;

const posixNames = new Set(['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LANGUAGE', 'TZ', 'TMPDIR', 'TEMP', 'TMP']);
const posixPrefixes = ['LC_', 'XDG_'];
const windowsNames = new Set([
  'PATH',
  'PATHEXT',
  'SYSTEMROOT',
  'SYSTEMDRIVE',
  'WINDIR',
  'COMSPEC',
  'TEMP',
  'TMP',
  'USERPROFILE',
  'USERNAME',
  'USERDOMAIN',
  'HOMEDRIVE',
  'HOMEPATH',
  'APPDATA',
  'LOCALAPPDATA',
  'PROGRAMDATA',
  'PROGRAMFILES',
  'PROGRAMFILES(X86)',
  'PROGRAMW6432',
  'COMMONPROGRAMFILES',
  'ALLUSERSPROFILE',
  'PUBLIC',
  'COMPUTERNAME',
  'NUMBER_OF_PROCESSORS',
  'PROCESSOR_ARCHITECTURE',
  'OS',
  'LANG',
  'TZ',
]);

/** What a program needs to find its tools, its home and its language; nothing that could be a secret. */
export function baseEnvironment(platform: NodeJS.Platform, source: Source): Record<string, string> {
  const allowed = (name: string): boolean =>
    platform === 'win32' ? windowsNames.has(name.toUpperCase()) : posixNames.has(name) || posixPrefixes.some((prefix) => name.startsWith(prefix));
  const base: Record<string, string> = {};
  for (const [name, value] of Object.entries(source)) if (value !== undefined && allowed(name)) base[name] = value;
  return base;
}

let own: Readonly<Record<string, string>> | undefined;

/** What Roost itself was started with. Looked through once: to ask the system for every variable takes longer than the rest of a start. */
const ownBase = (): Readonly<Record<string, string>> => {
  own ??= baseEnvironment(process.platform, process.env);
  return own;
};

export interface ChildMarks {
  readonly runId: string;
  /** Unique per spawn: finds what a process left behind even after it moved to another session. */
  readonly incarnationId: string;
}

export const markNames = { run: 'ROOST_RUN_ID', process: 'ROOST_PROCESS', incarnation: 'ROOST_INCARNATION_ID' } as const;

/** What the environment of every child of a run holds. */
export const commonEnvironment = (runId: string): Record<string, string> => ({ ...ownBase(), [markNames.run]: runId });

/** The whole environment of one child: the allow-listed base, what its launch adds, and our marks, which nothing may override. */
export function childEnvironment(
  launch: Pick<Launch, 'name' | 'env'>,
  marks: ChildMarks,
  platform: NodeJS.Platform = process.platform,
  source?: Source,
): Record<string, string> {
  const environment = source === undefined && platform === process.platform ? { ...ownBase() } : baseEnvironment(platform, source ?? process.env);
  for (const [name, value] of Object.entries(launch.env)) {
    // Windows reads names without case: two spellings of PATH would leave it to chance which one wins.
    if (platform === 'win32') for (const known of Object.keys(environment)) if (known.toUpperCase() === name.toUpperCase()) delete environment[known];
    environment[name] = value;
  }
  environment[markNames.run] = marks.runId;
  environment[markNames.process] = launch.name;
  environment[markNames.incarnation] = marks.incarnationId;
  return environment;
}

/** PATH of Roost itself: where its own small tools are looked up. */
export const ownPath = (): string | undefined => process.env['PATH'];

/** For the system tools that Roost runs itself: a fixed language and zone, so that their output parses the same everywhere. */
export const toolEnvironment = (): Record<string, string> => ({ ...ownBase(), LC_ALL: 'C', TZ: 'UTC' });
