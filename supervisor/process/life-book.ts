import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { ExitView } from '../../contract/state.js';
import { writeFileAtomic } from '../../core/base/atomic-file.js';
import type { Clock, Timer } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import { Scope } from '../../core/base/scope.js';
import { LifeDays, lifeDaysSchema } from './life-days.js';
import { LifeRecord } from './life-record.js';

const fileSchema = z.object({ version: z.literal(1), processes: z.record(z.string(), lifeDaysSchema) });

/** A crash loop is one write in so long; running time alone is written down rarely. */
const gatherMs = 1_000;
const countEveryMs = 300_000;
/** Of names that are long gone; beyond it those without figures go first, then any. */
const maxNames = 500;

/** The figures of every process by its name, also of earlier runs of Roost (`run/figures.json`). A file that cannot be read or written never keeps Roost from working. */
export class LifeBook {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #scope: Scope;
  readonly #days = new Map<string, LifeDays>();
  readonly #records = new Map<string, LifeRecord>();
  #due: Timer | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: { readonly dataDir: string; readonly clock: Clock; readonly log: Log }) {
    this.#path = join(options.dataDir, 'run', 'figures.json');
    this.#clock = options.clock;
    this.#log = options.log;
    this.#scope = new Scope(options.clock, (step, error) => options.log.warn('the figures of processes failed in a step', { step, error }));
  }

  /** A record for the next holder of a name; it goes on where the one before stands. `lastExit` only when the process itself goes on. */
  of(name: string, lastExit: ExitView | null = null): LifeRecord {
    const before = this.#records.get(name)?.inheritance;
    const record = new LifeRecord(this.#clock, this.daysOf(name), before === undefined ? undefined : { ...before, lastExit });
    this.#records.set(name, record);
    return record;
  }

  /** Figures alone, for those that have no process of one name, like the agents of a template. */
  daysOf(name: string): LifeDays {
    let days = this.#days.get(name);
    if (days === undefined) {
      days = new LifeDays(this.#clock, () => this.#soon());
      this.#days.set(name, days);
    }
    return days;
  }

  /** Adds what earlier runs wrote down; to call once, before anything starts. */
  async load(): Promise<void> {
    let text: string;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch {
      return;
    }
    try {
      const { processes } = fileSchema.parse(JSON.parse(text));
      for (const [name, stored] of Object.entries(processes)) this.daysOf(name).restore(stored);
    } catch (error) {
      this.#log.warn('the figures of earlier runs cannot be read; counting begins anew', { path: this.#path, error });
    }
  }

  start(): void {
    this.#scope.every('count', countEveryMs, () => this.save());
  }

  async stop(): Promise<void> {
    this.#due?.cancel();
    await this.#scope.close();
    await this.save();
  }

  save(): Promise<void> {
    this.#due?.cancel();
    this.#due = undefined;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  #soon(): void {
    if (this.#scope.closed) return;
    this.#due ??= this.#clock.after(gatherMs, () => void this.save());
  }

  async #write(): Promise<void> {
    for (const record of this.#records.values()) record.count();
    const rows = [...this.#days].map(([name, days]) => [name, days.stored] as const).filter(([, stored]) => Object.keys(stored).length > 0);
    const text = `${JSON.stringify({ version: 1, processes: Object.fromEntries(rows.slice(-maxNames)) })}\n`;
    await writeFileAtomic({ path: this.#path, text }).catch((error: unknown) => this.#log.debug('the figures of processes could not be written', { error }));
  }
}
