import type { Config } from '../../contract/config.js';
import type { Listen } from './listen.js';
import type { Flavour } from './locate.js';

export interface RedisConf {
  readonly listen: Listen;
  readonly dir: string;
  readonly appendfsync: Config['redis']['appendfsync'];
  readonly maxMemoryBytes: number;
  readonly flavour: Flavour;
  /** [major, minor, patch] of the program; decides which directives it knows. */
  readonly version: readonly [number, number, number];
  /** SHA-256 of the passwords, hex: the plain text never reaches the server's memory or its input. */
  readonly adminHash: string;
  readonly queueHash: string;
  /** Name of a user that cannot log in: only the server that was given this text can know it. */
  readonly nonceUser: string;
  /** `redis-check-aof` lies beside the server. */
  readonly checker: boolean;
}

export const adminUser = 'roost-admin';
export const queueUser = 'roost-bullmq';

/** All that BullMQ needs and nothing that changes or ends the server: measured against add, worker, events, scheduler, clean, pause, drain, obliterate, getWorkers. */
export const queueRules = '~* &* +@all -@admin -@dangerous +info +client|setname +client|list +client|id';

/** One argument of a redis.conf line, as its own parser (`sdssplitargs`) reads it back. */
export function quoted(text: string): string {
  if (text.includes('\0')) throw new RangeError('a value of the Redis configuration must not hold a NUL');
  const escaped = text.replace(/[\\"]/g, '\\$&').replace(/[\u0001-\u001f\u007f]/g, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return `"${escaped}"`;
}

/** The whole redis.conf. It is handed over through stdin: no secret in a file, in argv or in the environment. */
export function redisConf(conf: RedisConf): string {
  const place =
    'path' in conf.listen ? ['port 0', `unixsocket ${quoted(conf.listen.path)}`, 'unixsocketperm 700'] : ['bind 127.0.0.1', `port ${conf.listen.port}`];
  // Older servers refuse to start over a directive they do not know; there the ACL alone has to do.
  const locked = knowsCommandLocks(conf) ? ['enable-protected-configs no', 'enable-debug-command no', 'enable-module-command no'] : [];
  return [
    ...place,
    'protected-mode yes',
    'tcp-backlog 128',
    'tcp-keepalive 60',
    'timeout 0',
    'daemonize no',
    'databases 1',
    'maxclients 256',
    `dir ${quoted(conf.dir)}`,
    'appendonly yes',
    `appendfsync ${conf.appendfsync}`,
    'no-appendfsync-on-rewrite no',
    'aof-use-rdb-preamble yes',
    // With the checker at hand a cut-off end is repaired after a copy, and a person is told; without it the server does it silently.
    `aof-load-truncated ${conf.checker ? 'no' : 'yes'}`,
    'auto-aof-rewrite-percentage 100',
    'auto-aof-rewrite-min-size 64mb',
    // A spare copy only: with the append-only file on, the server never reads it. So its failure must not stop writes.
    'save 3600 1',
    'stop-writes-on-bgsave-error no',
    `maxmemory ${conf.maxMemoryBytes}`,
    'maxmemory-policy noeviction',
    ...locked,
    // Off: nobody gets in as this user. But it is the one that replays the append-only file at a start, and without
    // rights over everything every transaction and script in there would be refused and lost.
    'user default off ~* &* +@all',
    `user ${adminUser} on #${conf.adminHash} ~* &* +@all`,
    `user ${queueUser} on #${conf.queueHash} ${queueRules}`,
    `user ${conf.nonceUser} off`,
    '',
  ].join('\n');
}

/** The product numbers of Memurai are its own: 4 is compatible with Redis 7. */
function knowsCommandLocks(conf: Pick<RedisConf, 'flavour' | 'version'>): boolean {
  const firstMajor = conf.flavour === 'memurai' ? 4 : 7;
  return conf.version[0] >= firstMajor;
}
