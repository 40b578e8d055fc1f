import type { Clock } from '../base/clock.js';
import type { Redis } from '../redis/connection.js';
import type { Keys } from '../redis/keys.js';
import { readScript, registerScript } from './arm-scripts.js';
import type { Known } from './planned-draw.js';
import type { CoordinatorConfig, Snapshot } from './snapshot.js';
import { type Reply, StateMirror } from './state-mirror.js';

/** Decisions may rest on a state this old. */
const snapshotAgeMs = 250;
/** While turns come in, the state is fetched ahead this often, so that none of them waits for it. */
const refreshEveryMs = 200;
const activeForMs = 10_000;

/** The coordinator's state in Redis as one reader follows it: what it knows already is not fetched again. */
export class ArmReader {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #clock: Clock;
  readonly #mirror = new StateMirror();
  readonly #born: Record<string, number> = {};
  #known: Known | undefined;
  #reading: Promise<Snapshot> | undefined;
  #activeMs = Number.NEGATIVE_INFINITY;
  #refreshing = false;

  constructor(options: { readonly redis: Redis; readonly keys: Keys; readonly clock: Clock }) {
    this.#redis = options.redis;
    this.#keys = options.keys;
    this.#clock = options.clock;
  }

  /** The state as it is now, in one round trip unless the settings changed; an arm seen for the first time is registered. */
  read(config: CoordinatorConfig): Promise<Snapshot> {
    // Answers of two readings at once could reach the mirror in the wrong order.
    const reading = (this.#reading ?? Promise.resolve()).then(
      () => this.#read(config),
      () => this.#read(config),
    );
    this.#reading = reading;
    return reading;
  }

  async #read(config: CoordinatorConfig): Promise<Snapshot> {
    const keys = this.#keys;
    const mirror = this.#mirror;
    for (;;) {
      const settings = mirror.settings(config);
      const slots = Object.values(settings.arms).map((arm) => arm.slot);
      const reply = (await readScript.run(
        this.#redis,
        [keys.armTotals, keys.armPending, keys.armConfig, keys.armCells, keys.armTouched, keys.armIntents, keys.armLatency],
        [mirror.version, mirror.configVersion, keys.arm(''), keys.armBucket(''), keys.armLinear(''), 1, ...slots],
      )) as Reply;
      if (mirror.takeSettings(reply)) {
        mirror.clear();
        continue;
      }
      await Promise.all(slots.map((slot, i) => this.#register(slot, reply[4][i] ?? [])));
      const version = Number(reply[0][reply[0].indexOf('version') + 1] ?? 0);
      if (reply[5] === null && version < Number(mirror.version)) {
        mirror.clear();
        continue;
      }
      return mirror.take(reply, config, slots, this.#born);
    }
  }

  async #register(slot: string, flat: readonly string[]): Promise<void> {
    const at = flat.indexOf('born');
    if (at >= 0) this.#born[slot] = Number(flat[at + 1]);
    else {
      const keys = [this.#keys.armNames, this.#keys.armTotals, this.#keys.arm(slot), this.#keys.armLog];
      this.#born[slot] = Number(await registerScript.run(this.#redis, keys, [slot]));
    }
  }

  /** A state that is fresh enough to decide on; read ahead while turns come in. */
  async fresh(config: CoordinatorConfig): Promise<Known> {
    const nowMs = this.#clock.monoMs();
    this.#activeMs = nowMs;
    this.#fetchAhead();
    const known = this.#known;
    if (known !== undefined && known.config === config && nowMs - known.atMs < snapshotAgeMs) return known;
    return this.#renew(config);
  }

  async #renew(config: CoordinatorConfig): Promise<Known> {
    const atMs = this.#clock.monoMs();
    const snapshot = await this.read(config);
    const fresh = { config, atMs, snapshot, plans: new Map() };
    this.#known = fresh;
    return fresh;
  }

  #fetchAhead(): void {
    if (this.#refreshing) return;
    this.#refreshing = true;
    this.#clock.after(refreshEveryMs, () => {
      this.#refreshing = false;
      const known = this.#known;
      if (known === undefined || this.#clock.monoMs() - this.#activeMs > activeForMs) return;
      // A failed fetch costs nothing: the next decision reads for itself and says what is wrong.
      this.#renew(known.config).then(
        () => this.#fetchAhead(),
        () => undefined,
      );
    });
  }
}
