import type { RunView } from '../../contract/schedules.js';
import type { Clock } from '../../core/base/clock.js';
import { call, type Redis } from '../../core/redis/connection.js';
import type { Keys } from '../../core/redis/keys.js';
import { Script } from '../../core/sessions/script.js';
import { fieldsOf, isOpen, type Ledger, type LedgerPatch, ledgerOf, runsOf } from './ledger.js';

export interface LedgerEntry {
  readonly ledger: Ledger;
  readonly runs: readonly RunView[];
}

/** Finished runs that stay readable, of each schedule. */
const keptRuns = 60;
/** How long a node that went silent keeps its schedules. */
export const leaseMs = 15_000;

/** One lease for each key: taken when free, prolonged when ours. Answers with the owner of each. */
const leaseScript = new Script(`
  local owners = {}
  for i, key in ipairs(KEYS) do
    local owner = redis.call('GET', key)
    if not owner or owner == ARGV[1] then
      redis.call('SET', key, ARGV[1], 'PX', ARGV[2])
      owner = ARGV[1]
    end
    owners[i] = owner
  end
  return owners`);

const releaseScript = new Script(`
  for _, key in ipairs(KEYS) do
    if redis.call('GET', key) == ARGV[1] then redis.call('DEL', key) end
  end
  return 0`);

/** ARGV: node or '', number of fields to set, number to drop, then fields and values, names to drop, run ids and records. */
const writeScript = new Script(`
  if ARGV[1] ~= '' and redis.call('GET', KEYS[3]) ~= ARGV[1] then return 0 end
  local sets, drops, at = tonumber(ARGV[2]), tonumber(ARGV[3]), 4
  for i = 1, sets do redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1]); at = at + 2 end
  for i = 1, drops do redis.call('HDEL', KEYS[1], ARGV[at]); at = at + 1 end
  while at < #ARGV do redis.call('HSET', KEYS[2], ARGV[at], ARGV[at + 1]); at = at + 2 end
  return 1`);

/** The part of it that decides; a test keeps it in memory. */
export type Ledgers = Pick<LedgerStore, 'lease' | 'release' | 'read' | 'write' | 'remove'>;

/** What Redis remembers of schedules: their ledgers, their runs, and which node fires them. */
export class LedgerStore {
  readonly #redis: () => Redis;
  readonly #keys: Keys;
  readonly #clock: Clock;

  constructor(options: { redis(): Redis; readonly keys: Keys; readonly clock: Clock }) {
    this.#redis = () => options.redis();
    this.#keys = options.keys;
    this.#clock = options.clock;
  }

  /** Takes or prolongs the lease of each; says who has it. */
  async lease(names: readonly string[], node: string, ttlMs = leaseMs): Promise<ReadonlyMap<string, string>> {
    if (names.length === 0) return new Map();
    const keys = names.map((name) => this.#keys.scheduleOwner(name));
    const owners = (await call(this.#clock, leaseScript.run(this.#redis(), keys, [node, ttlMs]))) as string[];
    return new Map(names.map((name, index) => [name, owners[index] ?? '']));
  }

  async release(names: readonly string[], node: string): Promise<void> {
    if (names.length === 0) return;
    const keys = names.map((name) => this.#keys.scheduleOwner(name));
    await call(this.#clock, releaseScript.run(this.#redis(), keys, [node]));
  }

  async read(name: string): Promise<LedgerEntry> {
    const redis = this.#redis();
    const [fields, records] = await call(this.#clock, Promise.all([redis.hgetall(this.#keys.schedule(name)), redis.hgetall(this.#keys.scheduleRuns(name))]));
    const runs = runsOf(records);
    const old = runs.filter((run) => !isOpen(run)).slice(keptRuns);
    if (old.length > 20) await call(this.#clock, redis.hdel(this.#keys.scheduleRuns(name), ...old.map(({ id }) => id)));
    return { ledger: ledgerOf(fields), runs: runs.filter((run) => !old.includes(run)) };
  }

  /** All or nothing. With `node`: only while this node has the lease; false when it has lost it. */
  async write(name: string, patch: LedgerPatch, runs: readonly RunView[], node?: string): Promise<boolean> {
    const { set, drop } = fieldsOf(patch);
    const keys = [this.#keys.schedule(name), this.#keys.scheduleRuns(name), this.#keys.scheduleOwner(name)];
    const records = runs.flatMap((run) => [run.id, JSON.stringify(run)]);
    const done = await call(this.#clock, writeScript.run(this.#redis(), keys, [node ?? '', set.length / 2, drop.length, ...set, ...drop, ...records]));
    return done === 1;
  }

  async remove(name: string): Promise<void> {
    await call(this.#clock, this.#redis().del(this.#keys.schedule(name), this.#keys.scheduleRuns(name), this.#keys.scheduleOwner(name)));
  }
}
