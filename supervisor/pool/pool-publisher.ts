import type { SlotView } from '../../contract/state.js';
import type { Clock, Timer } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import { Scope } from '../../core/base/scope.js';
import { call, type Redis } from '../../core/redis/connection.js';
import type { Keys } from '../../core/redis/keys.js';
import type { LogTail } from '../process/types.js';
import type { WarmPool } from './warm-pool.js';

/** Changes are gathered this long; unchanged values are written again this often, so that a wiped Redis fills up. */
const gatherMs = 300;
const repeatMs = 30_000;
/** Keys of agents end by themselves when nobody renews them: a killed Roost leaves no ghosts. */
const agentKeySeconds = 120;
const keptLines = 200;

const statFields = {
  spawned: 'total_spawned',
  assigned: 'total_assigned',
  prewarmedHits: 'prewarmed_hits',
  died: 'total_died',
  failedStarts: 'failed_starts',
} as const;

export interface PoolPublisherOptions {
  readonly pool: WarmPool;
  readonly logFor: (agent: string) => LogTail;
  readonly redis: Redis;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly log: Log;
  /** Given when other nodes may use the same Redis: then agents are named `<agent>@<node>` there, because every node counts from agent-1. */
  readonly node?: string;
}

/** Writes the pool and its agents to Redis for operators who look with redis-cli. Best effort: the pool never waits for it. */
export class PoolPublisher {
  readonly #options: PoolPublisherOptions;
  readonly #scope: Scope;
  readonly #published = { spawned: 0, assigned: 0, prewarmedHits: 0, died: 0, failedStarts: 0 };
  readonly #agents = new Map<string, number>();
  /** What was written of each agent; only what is new goes out, and everything with every repeat. */
  readonly #written = new Map<string, string>();
  #whole = true;
  #due: Timer | undefined;
  #publishing: Promise<void> = Promise.resolve();

  constructor(options: PoolPublisherOptions) {
    this.#options = options;
    this.#scope = new Scope(options.clock, (_, error) => options.log.debug('the pool was not written to Redis', { error }));
  }

  start(): void {
    this.#scope.add('due', () => this.#due?.cancel());
    this.#scope.add(
      'changes',
      this.#options.pool.onChange(() => this.#soon()),
    );
    this.#scope.every('repeat', repeatMs, () => {
      this.#whole = true;
      this.#soon();
    });
    this.#soon();
  }

  /** One write for all changes of a moment, and none while nothing changes. */
  #soon(): void {
    if (this.#scope.closed) return;
    this.#due ??= this.#options.clock.after(gatherMs, () => {
      this.#due = undefined;
      this.#publishing = this.#publishing
        .then(() => (this.#scope.closed ? undefined : this.publish()))
        .catch((error: unknown) => {
          this.#options.log.debug('the pool was not written to Redis', { error });
          this.#soon();
        });
    });
  }

  /** Takes the agents of this run out of Redis. */
  async stop(): Promise<void> {
    await this.#scope.close();
    await this.#publishing;
    await this.publish([]).catch((error: unknown) => this.#options.log.debug('the pool was not cleared in Redis', { error }));
  }

  async publish(only?: readonly SlotView[]): Promise<void> {
    const { pool, redis, keys, clock, logFor } = this.#options;
    const before = await this.#readyBefore();
    const view = pool.view(0);
    const slots = only ?? view.slots;
    const whole = this.#whole;
    this.#whole = false;
    const multi = redis.multi();
    const ready = slots.filter(({ state }) => state === 'ready').map(({ agentId }) => this.#shown(agentId));
    const gone = before.filter((member) => !ready.includes(member));
    if (gone.length > 0) multi.srem(keys.poolReady, ...gone);
    if (ready.length > 0) multi.sadd(keys.poolReady, ...ready);
    multi.set(keys.poolTarget, view.target);
    const names = Object.keys(statFields) as (keyof typeof statFields)[];
    const stats = Object.fromEntries(names.map((name) => [name, view.stats[name]])) as Record<keyof typeof statFields, number>;
    for (const name of names) multi.hincrby(keys.poolStats, statFields[name], stats[name] - this.#published[name]);
    for (const { agentId, pid, state } of slots) {
      const shown = this.#shown(agentId);
      const lines = logFor(agentId).read(keptLines, this.#agents.get(agentId));
      const last = lines.at(-1);
      this.#agents.set(agentId, last?.seq ?? this.#agents.get(agentId) ?? -1);
      const mark = `${pid} ${state}`;
      if (!whole && last === undefined && this.#written.get(agentId) === mark) continue;
      this.#written.set(agentId, mark);
      if (pid !== null) multi.set(keys.agentPid(shown), pid, 'EX', agentKeySeconds);
      multi.hset(keys.agentHealth(shown), 'last_check', new Date(clock.wallMs()).toISOString(), 'status', state);
      multi.expire(keys.agentHealth(shown), agentKeySeconds);
      if (last !== undefined) {
        multi.rpush(keys.agentLogs(shown), ...lines.map(({ text }) => text));
        multi.ltrim(keys.agentLogs(shown), -keptLines, -1);
      }
      multi.expire(keys.agentLogs(shown), agentKeySeconds);
    }
    const present = new Set(slots.map(({ agentId }) => agentId));
    const past = [...this.#agents.keys()].filter((agent) => !present.has(agent));
    for (const agent of past) multi.del(keys.agentPid(this.#shown(agent)), keys.agentHealth(this.#shown(agent)));
    try {
      const answers = await call(clock, multi.exec());
      const failed = answers?.find(([error]) => error !== null)?.[0];
      if (failed) throw failed;
      Object.assign(this.#published, stats);
      for (const agent of past) {
        this.#agents.delete(agent);
        this.#written.delete(agent);
      }
    } catch (error) {
      this.#whole = true;
      throw error;
    }
  }

  #shown(agentId: string): string {
    const { node } = this.#options;
    return node === undefined ? agentId : `${agentId}@${node}`;
  }

  /** Our own members of the set, those that a killed run left there included. */
  async #readyBefore(): Promise<string[]> {
    const { redis, keys, clock, node } = this.#options;
    const members = await call(clock, redis.smembers(keys.poolReady));
    return node === undefined ? members : members.filter((member) => member.endsWith(`@${node}`));
  }
}
