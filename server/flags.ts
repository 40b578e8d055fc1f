import { isAbsolute, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultDataDir, type Surroundings } from '../contract/data-dir.js';
import { RoostError } from '../contract/errors.js';
import { type LogLevel, logLevels } from '../core/base/log.js';

export interface HeadlessFlags {
  readonly dataDir: string;
  readonly configFile: string | undefined;
  /** Undefined: what the config says. */
  readonly port: number | 'auto' | undefined;
  readonly host: '127.0.0.1' | '::1';
  readonly open: boolean;
  readonly logLevel: LogLevel;
}

export const usage = 'usage: roost up [--config F] [--data-dir D] [--port N|auto] [--host 127.0.0.1] [--open|--no-open]';

const bad = (message: string, field: string): RoostError => new RoostError('bad-request', message, { field });

function portOf(text: string | undefined, name: string): number | 'auto' | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  if (text === 'auto') return 'auto';
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port >= 0 && port <= 65_535) return port;
  throw bad(`${name} must be a port from 0 to 65535 or auto, got ${JSON.stringify(text.slice(0, 40))}`, name);
}

function hostOf(text: string): '127.0.0.1' | '::1' {
  if (text === '127.0.0.1' || text === 'localhost') return '127.0.0.1';
  if (text === '::1' || text === '[::1]') return '::1';
  throw bad(
    `--host must be a loopback address (127.0.0.1, ::1 or localhost), got ${JSON.stringify(text.slice(0, 60))}: Roost never listens for other machines`,
    '--host',
  );
}

/** Command line over environment over defaults; anything not understood is 'bad-request' with the reason. */
export function parseFlags(argv: readonly string[], cwd: string, surroundings: Surroundings): HeadlessFlags {
  const { env } = surroundings;
  let values: { config?: string; 'data-dir'?: string; port?: string; host?: string; open?: boolean };
  try {
    ({ values } = parseArgs({
      args: [...argv],
      allowNegative: true,
      allowPositionals: false,
      options: { config: { type: 'string' }, 'data-dir': { type: 'string' }, port: { type: 'string' }, host: { type: 'string' }, open: { type: 'boolean' } },
    }));
  } catch (cause) {
    throw new RoostError('bad-request', (cause as Error).message.split('\n')[0] ?? 'bad flags', { cause });
  }
  const absolute = (path: string): string => (isAbsolute(path) ? path : resolve(cwd, path));
  const dataDir = values['data-dir'] ?? defaultDataDir(surroundings);
  if (dataDir === undefined || dataDir === '')
    throw bad('there is no home directory to keep data in: say where with --data-dir or ROOST_DATA_DIR', '--data-dir');
  if (dataDir.includes('\0')) throw bad('--data-dir must not hold a NUL', '--data-dir');
  const config = values.config ?? (env['ROOST_CONFIG']?.trim() ? env['ROOST_CONFIG'] : undefined);
  const level = env['ROOST_LOG_LEVEL'];
  return {
    dataDir: absolute(dataDir),
    configFile: config === undefined ? undefined : absolute(config),
    port: portOf(values.port, '--port') ?? portOf(env['ROOST_PORT'], 'ROOST_PORT'),
    host: hostOf(values.host ?? '127.0.0.1'),
    open: values.open ?? false,
    logLevel: logLevels.find((known) => known === level) ?? 'info',
  };
}

/** Paths stay as they are for `awk` and friends; one with white space is quoted so that the line still splits. */
export const shownPath = (path: string): string => (/\s/.test(path) ? JSON.stringify(path) : path);

export const readyLine = (url: string, dataDir: string, pid: number): string => `roost ready url=${url} data-dir=${shownPath(dataDir)} pid=${pid}`;
