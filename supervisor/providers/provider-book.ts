import { readFile } from 'node:fs/promises';
import type { ProviderConfig } from '../../contract/config.js';
import { writeFileAtomic } from '../../core/base/atomic-file.js';
import type { Clock, Timer } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import { type Breaker, closed } from './breaker.js';
import { windowMs } from './rate-window.js';
import { dayOf, noUsage, type Usage, type UsageFile, usageFileSchema } from './usage.js';

/** What is known of one provider. Times are monotonic. */
export interface Known {
  breaker: Breaker;
  times: readonly number[];
  /** Asked for by the provider itself. */
  quietUntilMs: number;
  problem: string | null;
  lastMs: number | null;
  usage: Usage;
}

const saveAfterMs = 1_000;

/** What is known of each provider; its use of today and its last minute are on disk soon after they change. */
export class ProviderBook {
  readonly #options: { readonly file: string; readonly clock: Clock; readonly log: Log };
  readonly #known = new Map<string, Known>();
  #day: string;
  #saving: Timer | undefined;
  #loaded: UsageFile['providers'] = {};

  constructor(options: { readonly file: string; readonly clock: Clock; readonly log: Log }) {
    this.#options = options;
    this.#day = dayOf(options.clock.wallMs());
  }

  async start(): Promise<void> {
    const parsed = usageFileSchema.safeParse(
      await readFile(this.#options.file, 'utf8')
        .then(JSON.parse)
        .catch(() => undefined),
    );
    if (parsed.success) this.#takeUp(parsed.data);
  }

  async stop(): Promise<void> {
    this.#saving?.cancel();
    if (this.#known.size > 0) await this.#save();
  }

  known(name: string): Known | undefined {
    return this.#known.get(name);
  }

  of(config: ProviderConfig): Known {
    const found = this.#known.get(config.name);
    if (found !== undefined) return found;
    const { clock } = this.#options;
    const loaded = this.#loaded[config.name];
    // By age, not by date: a clock that was set must neither grant more nor lock out for long.
    const ages = (loaded?.times ?? []).map((atMs) => Math.min(windowMs, Math.max(0, clock.wallMs() - atMs)));
    const times = ages.map((age) => clock.monoMs() - age).sort((left, right) => left - right);
    const fresh: Known = { breaker: closed, times, quietUntilMs: 0, problem: null, lastMs: null, usage: loaded?.usage ?? noUsage };
    this.#known.set(config.name, fresh);
    return fresh;
  }

  add(known: Known, add: Partial<Usage>): void {
    this.newDay();
    const { usage } = known;
    known.usage = {
      requests: usage.requests + (add.requests ?? 0),
      failures: usage.failures + (add.failures ?? 0),
      limited: usage.limited + (add.limited ?? 0),
      inputTokens: usage.inputTokens + (add.inputTokens ?? 0),
      outputTokens: usage.outputTokens + (add.outputTokens ?? 0),
      cost: usage.cost + (add.cost ?? 0),
      estimated: usage.estimated || add.estimated === true,
    };
    this.#saving ??= this.#options.clock.after(saveAfterMs, () => {
      this.#saving = undefined;
      void this.#save();
    });
  }

  /** To call before the use of today is read. */
  newDay(): void {
    const day = dayOf(this.#options.clock.wallMs());
    if (day === this.#day) return;
    this.#day = day;
    this.#loaded = {};
    for (const known of this.#known.values()) known.usage = noUsage;
  }

  #takeUp({ day, providers }: UsageFile): void {
    const today = day === this.#day;
    this.#loaded = Object.fromEntries(Object.entries(providers).map(([name, { usage, times }]) => [name, { usage: today ? usage : noUsage, times }]));
  }

  async #save(): Promise<void> {
    const { clock, file, log } = this.#options;
    const [wall, mono] = [clock.wallMs(), clock.monoMs()];
    const providers = Object.fromEntries(
      [...this.#known].map(([name, { usage, times }]) => [name, { usage, times: times.map((atMs) => Math.round(wall - (mono - atMs))) }]),
    );
    const text = JSON.stringify({ day: this.#day, providers } satisfies UsageFile);
    await writeFileAtomic({ path: file, text }).catch((error: unknown) => log.warn('the use of providers is not saved', { error }));
  }
}
