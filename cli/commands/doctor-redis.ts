import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { posix, win32 } from 'node:path';
import { type RedisCheck, redisCheckSchema } from '../../contract/redis-check.js';
import type { Context } from '../context.js';
import type { Check } from './doctor-check.js';

const isRunnable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

/** Asks the host's own rules which server it would start and whether its version may run; looks for a program itself where they cannot be asked. */
export async function checkRedis(context: Context, dataDir: string): Promise<readonly Check[]> {
  const told = judged((await context.askConfigTool?.(['redis', '--json', '--data-dir', dataDir])) ?? null);
  if (told === undefined) return [await findRedis(context)];
  const { verdict, found, advice, configProblem } = told;
  const row: Check = { check: 'redis-server', verdict, found, ...(advice === undefined ? {} : { advice }) };
  if (configProblem === null) return [row];
  return [row, { check: 'config', verdict: 'problem', found: configProblem, advice: 'correct the file: roost config check' }];
}

function judged(answer: string | null): RedisCheck | undefined {
  try {
    return answer === null ? undefined : redisCheckSchema.parse(JSON.parse(answer));
  } catch {
    // Of another version, or cut short: what can be seen from here still helps.
    return undefined;
  }
}

async function findRedis({ env, platform }: Context): Promise<Check> {
  const external = env['REDIS_URL'];
  if (external !== undefined && external !== '')
    return { check: 'redis-server', verdict: 'ok', found: 'REDIS_URL names an external Redis: none is started here' };
  const configured = env['ROOST_REDIS_SERVER'];
  if (configured !== undefined && configured !== '') {
    return (await isRunnable(configured))
      ? { check: 'redis-server', verdict: 'ok', found: configured }
      : {
          check: 'redis-server',
          verdict: 'problem',
          found: `ROOST_REDIS_SERVER names ${configured}, which cannot be run`,
          advice: 'correct or unset ROOST_REDIS_SERVER',
        };
  }
  const path = platform === 'win32' ? win32 : posix;
  const names = platform === 'win32' ? ['redis-server.exe', 'valkey-server.exe', 'memurai.exe'] : ['redis-server', 'valkey-server'];
  const usual =
    platform === 'win32'
      ? ['C:\\Program Files\\Memurai', 'C:\\Program Files\\Redis']
      : ['/usr/bin', '/usr/local/bin', '/usr/sbin', '/opt/homebrew/bin', '/opt/local/bin'];
  const searched = (env['PATH'] ?? env['Path'] ?? '').split(path.delimiter).filter((dir) => path.isAbsolute(dir));
  for (const name of names)
    for (const dir of [...searched, ...usual])
      if (await isRunnable(path.join(dir, name))) return { check: 'redis-server', verdict: 'ok', found: path.join(dir, name) };
  const advice =
    platform === 'win32'
      ? 'winget install Memurai.MemuraiDeveloper'
      : platform === 'darwin'
        ? 'brew install redis'
        : 'sudo apt-get install redis-server (or dnf install redis), or set ROOST_REDIS_SERVER';
  return { check: 'redis-server', verdict: 'problem', found: 'none found', advice };
}
