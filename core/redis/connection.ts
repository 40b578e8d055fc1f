import type { Redis } from 'ioredis';
import type { RedisAddress } from '../../contract/messages.js';
import type { Log } from '../base/log.js';

export type { Redis } from 'ioredis';

/** `blocking`: for BullMQ workers, retries for ever. `calls`: for requests, fails at once while offline. */
export type ConnectionRole = 'blocking' | 'calls';

export declare function connect(address: RedisAddress, role: ConnectionRole, name: string, log: Log): Redis;
