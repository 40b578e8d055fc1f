import { isKept } from './kept.js';
import { emptyLinear } from './linear.js';
import { type LiveChanges, type LiveSettings, liveSettings, noChanges, parseChanges } from './live-settings.js';
import { type Bucket, remainder } from './memory.js';
import { defaultPriorCount, latecomerPriorCount } from './posterior.js';
import type { CoordinatorConfig, KindCounts, Snapshot, SnapshotArm } from './snapshot.js';
import { type ArmState, type ArmStates, emptyArm, type LinearState } from './types.js';

type Hash = Readonly<Record<string, string>>;
/** As `readScript` answers. */
export type Reply = readonly [
  totals: readonly string[],
  pending: number,
  configVersion: string,
  settings: string | null,
  arms: readonly (readonly string[])[],
  cells: readonly string[] | null,
  buckets: readonly (readonly [string, readonly string[]])[],
  linear: readonly string[],
  intents: readonly string[],
  latencies: readonly string[],
];

export function hashOf(flat: readonly string[]): Hash {
  const hash: Record<string, string> = {};
  for (let at = 0; at + 1 < flat.length; at += 2) hash[flat[at] as string] = flat[at + 1] as string;
  return hash;
}

const count = (hash: Hash, field: string): number => Number(hash[field] ?? 0);
const kindsOf = (hash: Hash): KindCounts => ({ forced: count(hash, 'forced'), explore: count(hash, 'explore'), exploit: count(hash, 'exploit') });

/** `slot|intent|n` and its like, by intent and then by slot. */
export function cellsOf(hash: Hash): Record<string, Record<string, { n: number; sum: number; sumSq: number }>> {
  const cells: Record<string, Record<string, { n: number; sum: number; sumSq: number }>> = {};
  for (const [field, value] of Object.entries(hash)) {
    const [slot, intent, what] = field.split('|');
    if (slot === undefined || intent === undefined || what === undefined) continue;
    cells[intent] ??= {};
    const cell = cells[intent];
    cell[slot] ??= { n: 0, sum: 0, sumSq: 0 };
    const state = cell[slot];
    if (what === 'n') state.n = Number(value);
    else if (what === 's') state.sum = Number(value);
    else state.sumSq = Number(value);
  }
  return cells;
}

export function parseLinear(text: string): LinearState {
  if (text === '') return emptyLinear(0);
  const [a = '', b = ''] = text.split(';');
  return { a: a.split(',').map(Number), b: b.split(',').map(Number) };
}

/** What a reader knows of the state: closed buckets hardly ever change, so only what did is fetched again. */
export class StateMirror {
  /** Of what is known here; handed to the script. */
  version = '0';
  configVersion = '0';
  changes: LiveChanges = noChanges;
  #cells: ReturnType<typeof cellsOf> = {};
  #buckets = new Map<number, ReturnType<typeof cellsOf>>();
  #linear: Record<string, LinearState> = {};

  settings(config: CoordinatorConfig): LiveSettings {
    return liveSettings(config, this.changes, Number(this.configVersion));
  }

  /** Forgets everything: the next reading brings all of it. */
  clear(): void {
    this.version = '0';
    this.#cells = {};
    this.#buckets = new Map();
    this.#linear = {};
  }

  /** True when the settings are others than the slots of this reading were asked for. */
  takeSettings(reply: Reply): boolean {
    const [, , version, json] = reply;
    if (json === null) return false;
    this.configVersion = version;
    this.changes = parseChanges(json);
    return true;
  }

  /** `slots` in the order in which they were asked for; `born` by slot. */
  take(reply: Reply, config: CoordinatorConfig, slots: readonly string[], born: Readonly<Record<string, number>>): Snapshot {
    const totals = hashOf(reply[0]);
    const cells = reply[5];
    const version = totals['version'] ?? '0';
    // A lower version is another state: restored, imported or emptied.
    if (Number(version) < Number(this.version)) this.clear();
    if (cells !== null) {
      this.#cells = cellsOf(hashOf(cells));
      for (const [index, flat] of reply[6]) this.#buckets.set(Number(index), cellsOf(hashOf(flat)));
      for (const [i, slot] of slots.entries()) this.#linear[slot] = parseLinear(reply[7][i] ?? '');
      this.version = version;
    }
    const settled = count(totals, 'settled');
    const current = Math.floor(settled / 50);
    for (const index of this.#buckets.keys()) if (!isKept(index, current)) this.#buckets.delete(index);
    return this.#snapshot(reply, config, slots, born, totals, settled);
  }

  #snapshot(
    reply: Reply,
    config: CoordinatorConfig,
    slots: readonly string[],
    born: Readonly<Record<string, number>>,
    totals: Hash,
    settled: number,
  ): Snapshot {
    const settings = this.settings(config);
    const hashes = Object.fromEntries(slots.map((slot, i) => [slot, hashOf(reply[4][i] ?? [])]));
    const nameOf = new Map(Object.entries(settings.arms).map(([arm, { slot }]) => [slot, arm]));
    const named = <T>(bySlot: Readonly<Record<string, T>>): Record<string, T> =>
      Object.fromEntries(Object.entries(bySlot).flatMap(([slot, value]) => (nameOf.has(slot) ? [[nameOf.get(slot) ?? slot, value]] : [])));
    const arms: SnapshotArm[] = [];
    const states: Record<string, ArmState> = {};
    const kinds: Record<string, KindCounts> = {};
    const lastRewardAt: Record<string, number | null> = {};
    for (const [arm, one] of Object.entries(settings.arms)) {
      const hash = hashes[one.slot] ?? {};
      const latecomer = one.latecomer ?? (born[one.slot] ?? 0) > settings.since;
      const priorCount = latecomer ? latecomerPriorCount : (config.priorCount ?? defaultPriorCount);
      arms.push({ arm, prior: one.prior, weight: one.weight, frozen: one.frozen, retired: one.retired, priorCount, latecomer });
      const counts = kindsOf(hash);
      kinds[arm] = counts;
      states[arm] = {
        n: count(hash, 'n'),
        sum: count(hash, 'sum'),
        sumSq: count(hash, 'sumSq'),
        pulls: counts.forced + counts.explore + counts.exploit,
        weights: count(hash, 'weights'),
        weighted: count(hash, 'weighted'),
      };
      lastRewardAt[arm] = hash['lastRewardAt'] === undefined ? null : Number(hash['lastRewardAt']);
    }
    const cells = Object.fromEntries(Object.entries(this.#cells).map(([intent, cell]) => [intent, named(cell)]));
    const latencies = reply[9].map(Number);
    return {
      settings,
      changes: this.changes,
      arms,
      live: settings.arms,
      states,
      cells,
      linear: named(this.#linear),
      buckets: this.#bucketsOf(cells, named),
      kinds,
      lastRewardAt,
      totals: kindsOf(totals),
      settled,
      sinceReset: Math.max(0, settled - settings.since),
      version: count(totals, 'version'),
      pending: Number(reply[1]),
      intents: new Map(Object.entries(hashOf(reply[8])).map(([intent, place]) => [intent, Number(place)])),
      latencyMs: latencies.length === 0 ? null : latencies.reduce((sum, ms) => sum + ms, 0) / latencies.length,
    };
  }

  #bucketsOf(cells: Readonly<Record<string, ArmStates>>, named: <T>(bySlot: Readonly<Record<string, T>>) => Record<string, T>): Bucket[] {
    const kept = [...this.#buckets].map(([index, bucket]): Bucket => ({ index, cells: mapValues(bucket, named) }));
    const older = Object.fromEntries(
      Object.entries(cells).map(([intent, cell]) => [
        intent,
        Object.fromEntries(
          Object.entries(cell).map(([arm, total]) => [
            arm,
            remainder(
              total,
              kept.map((bucket) => bucket.cells[intent]?.[arm] ?? emptyArm),
            ),
          ]),
        ),
      ]),
    );
    return [{ index: -1, cells: older }, ...kept];
  }
}

const mapValues = <A, B>(from: Readonly<Record<string, A>>, to: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(from).map(([key, value]) => [key, to(value)]));
