import { createHash, randomBytes } from 'node:crypto';
import { RoostError } from '../../contract/errors.js';
import type { RedisAddress } from '../../contract/messages.js';
import { adminUser, queueUser, type RedisConf } from './config.js';
import { chooseListen, type Listen } from './listen.js';

export interface RedisAccessOptions {
  readonly platform: NodeJS.Platform;
  /** Where it listens when the system allows a unix socket. */
  readonly socketPath: string;
  /** Told of what must not stand in any log. */
  readonly keepSecret?: (value: string) => void;
}

/** Where the managed Redis listens and who may come in. The passwords live as long as this object, so that connections find back after a restart. */
export class RedisAccess {
  readonly #options: RedisAccessOptions;
  readonly #secrets = { admin: secret(), queue: secret() };
  #listen: Listen | undefined;
  #nonceUser = '';

  constructor(options: RedisAccessOptions) {
    this.#options = options;
    for (const value of Object.values(this.#secrets)) options.keepSecret?.(value);
  }

  /** A name that only the server of this start can know. */
  get nonceUser(): string {
    return this.#nonceUser;
  }

  /** For the next start: the same place if it is free. Throws `already-running` where another server still listens there. */
  async renew(): Promise<Pick<RedisConf, 'listen' | 'adminHash' | 'queueHash' | 'nonceUser'>> {
    const { platform, socketPath } = this.#options;
    this.#listen = await chooseListen(platform, socketPath, this.#listen);
    this.#nonceUser = `roost-run-${randomBytes(12).toString('hex')}`;
    return { listen: this.#listen, nonceUser: this.#nonceUser, adminHash: hashOf(this.#secrets.admin), queueHash: hashOf(this.#secrets.queue) };
  }

  /** For queues, sessions and workers. Throws `redis-unavailable` before the first start. */
  address(): RedisAddress {
    return this.#addressOf(queueUser, this.#secrets.queue);
  }

  /** The same server with all rights. */
  adminAddress(): RedisAddress {
    return this.#addressOf(adminUser, this.#secrets.admin);
  }

  #addressOf(username: string, password: string): RedisAddress {
    if (this.#listen === undefined) throw new RoostError('redis-unavailable', 'Redis has not been started yet.', { retryAfterMs: 1_000 });
    return 'path' in this.#listen ? { path: this.#listen.path, username, password } : { host: '127.0.0.1', port: this.#listen.port, username, password };
  }
}

const secret = (): string => randomBytes(32).toString('hex');
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
