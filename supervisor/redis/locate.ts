import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { posix, win32 } from 'node:path';
import { RoostError } from '../../contract/errors.js';

export type Flavour = 'redis' | 'valkey' | 'memurai';

export interface LocateOptions {
  readonly platform: NodeJS.Platform;
  /** What ROOST_REDIS_SERVER says: then nothing else is tried. */
  readonly configured?: string | undefined;
  /** Where a packaged app keeps its own server. */
  readonly resourcesDir?: string | undefined;
  /** The directories of PATH, in order. */
  readonly searchPath: readonly string[];
}

export interface Found {
  readonly path: string;
  readonly flavour: Flavour;
  readonly version: readonly [number, number, number];
}

/** BullMQ recommends it; older servers lack commands its scripts use well. */
const oldest: readonly [number, number, number] = [6, 2, 0];

const usualPlaces: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: ['/usr/bin', '/usr/local/bin', '/usr/sbin', '/usr/local/sbin', '/home/linuxbrew/.linuxbrew/bin', '/snap/bin'],
  darwin: ['/opt/homebrew/bin', '/usr/local/bin', '/opt/homebrew/opt/redis/bin', '/opt/homebrew/opt/valkey/bin', '/opt/local/bin'],
  win32: ['C:\\Program Files\\Memurai', 'C:\\Program Files\\Redis', 'C:\\Program Files\\Valkey'],
};

/** Every path worth a look, best first, without repetition. Pure: nothing is opened. */
export function candidates(options: LocateOptions): readonly string[] {
  if (options.configured !== undefined && options.configured !== '') return [options.configured];
  const path = options.platform === 'win32' ? win32 : posix;
  const names = options.platform === 'win32' ? ['redis-server.exe', 'valkey-server.exe', 'memurai.exe'] : ['redis-server', 'valkey-server'];
  const bundled = options.resourcesDir === undefined ? [] : [path.join(options.resourcesDir, 'redis')];
  // A relative or empty entry of PATH means the working directory: whoever can write there would choose our server.
  const searched = options.searchPath.filter((dir) => path.isAbsolute(dir));
  const everywhere = [bundled, searched, usualPlaces[options.platform] ?? []];
  return [...new Set(everywhere.flatMap((dirs) => names.flatMap((name) => dirs.map((dir) => path.join(dir, name)))))];
}

export function flavourOf(path: string): Flavour {
  const name = path.split(/[\\/]/).at(-1)?.toLowerCase() ?? '';
  return name.startsWith('memurai') ? 'memurai' : name.startsWith('valkey') ? 'valkey' : 'redis';
}

/** Reads the line that `--version` prints: `Redis server v=7.0.15 sha=…`. */
export function versionIn(output: string): readonly [number, number, number] | undefined {
  const match = /v=(\d+)\.(\d+)\.(\d+)/.exec(output) ?? /(\d+)\.(\d+)\.(\d+)/.exec(output);
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3])];
}

export function isNewEnough(found: Pick<Found, 'flavour' | 'version'>): boolean {
  // The others began where Redis 7 was.
  if (found.flavour !== 'redis') return true;
  for (let part = 0; part < 3; part++) {
    const difference = (found.version[part] ?? 0) - (oldest[part] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

const installers: readonly (readonly [program: string, command: string])[] = [
  ['apt-get', 'sudo apt-get install redis-server'],
  ['dnf', 'sudo dnf install redis'],
  ['pacman', 'sudo pacman -S valkey'],
  ['zypper', 'sudo zypper install redis'],
  ['apk', 'sudo apk add redis'],
  ['brew', 'brew install redis'],
];

/** The command that installs a server on this platform; `has` answers whether a program is present. */
export function installCommand(platform: NodeJS.Platform, has: (program: string) => boolean): string {
  if (platform === 'win32') return 'winget install Memurai.MemuraiDeveloper (or use Redis inside WSL and set REDIS_URL)';
  if (platform === 'darwin') return 'brew install redis';
  return installers.find(([program]) => has(program))?.[1] ?? 'your package manager to install redis-server';
}

/**
 * Finds the first server that can be run and is new enough. `versionOutput` runs `<path> --version`.
 * Otherwise `redis-missing` with one sentence that says what to do.
 */
export async function locate(options: LocateOptions, versionOutput: (path: string) => Promise<string>): Promise<Found> {
  const refused: string[] = [];
  for (const path of candidates(options)) {
    if (!(await isRunnable(path))) continue;
    const version = versionIn(await versionOutput(path));
    if (version === undefined) {
      refused.push(`${path} did not tell its version`);
      continue;
    }
    const found: Found = { path, flavour: flavourOf(path), version };
    if (isNewEnough(found)) return found;
    refused.push(`${path} is version ${version.join('.')}`);
  }
  throw await missing(options, refused);
}

async function missing(options: LocateOptions, refused: readonly string[]): Promise<RoostError> {
  const why = refused.length === 0 ? '' : ` (${refused.join('; ')})`;
  if (options.configured !== undefined && options.configured !== '') {
    return new RoostError('redis-missing', `ROOST_REDIS_SERVER names ${options.configured}, which is not a Redis server 6.2 or newer that can be run${why}`, {
      field: 'ROOST_REDIS_SERVER',
      details: { cause: 'config' },
    });
  }
  const present = new Set<string>();
  for (const [program] of installers) {
    for (const dir of options.searchPath) if (await isRunnable(posix.join(dir, program))) present.add(program);
  }
  const command = installCommand(options.platform, (program) => present.has(program));
  return new RoostError(
    'redis-missing',
    `No Redis server 6.2 or newer was found${why}: install one with \`${command}\`, or set ROOST_REDIS_SERVER to its path`,
    { details: { cause: 'config' } },
  );
}

async function isRunnable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
