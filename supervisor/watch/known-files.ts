import { z } from 'zod';
import type { Clock } from '../../core/base/clock.js';
import { isSameFile, itemStates, type SeenFile } from './directory-plan.js';
import type { WatchLedger } from './watch-ledger.js';

const knownSchema = z.object({
  born: z.string(),
  size: z.number(),
  mtimeMs: z.number(),
  jobId: z.string(),
  state: z.enum(itemStates),
  name: z.string(),
  moved: z.boolean(),
  again: z.number().int(),
  atMs: z.number(),
});
/** What became of a file. */
export type Known = z.infer<typeof knownSchema>;

const rememberedMs = 7 * 86_400_000;
/** Contents have no file that could still be there. */
const hashRememberedMs = 90 * 86_400_000;

/** The field of the ledger for a content, beside those for files. */
export const contentField = (hash: string): string => `hash:${hash}`;
const isContent = (field: string): boolean => field.startsWith(contentField(''));

/** What is remembered of the files of a folder, and of the contents that were taken in: the ledger as it was read at the first look. */
export class KnownFiles {
  readonly #ledger: WatchLedger;
  readonly #clock: Clock;
  readonly #files = new Map<string, Known>();
  /** Contents taken in, and when. */
  readonly #contents = new Map<string, number>();
  #loaded = false;

  constructor(ledger: WatchLedger, clock: Clock) {
    this.#ledger = ledger;
    this.#clock = clock;
  }

  get files(): ReadonlyMap<string, Known> {
    return this.#files;
  }

  get openJobs(): number {
    return [...this.#files.values()].filter(({ state }) => state === 'queued').length;
  }

  async load(): Promise<void> {
    if (this.#loaded) return;
    this.remember([...(await this.#ledger.items(knownSchema))]);
    this.#loaded = true;
  }

  hasContent(hash: string): boolean {
    return this.#contents.has(contentField(hash));
  }

  /** To call once the ledger has them. */
  remember(items: readonly (readonly [string, Known])[]): void {
    for (const [field, record] of items) {
      if (isContent(field)) this.#contents.set(field, record.atMs);
      else this.#files.set(field, record);
    }
  }

  /** How often a file was put back after we had taken it out of the folder: each time it is taken for a new item. */
  timesBack(file: SeenFile): number {
    const before = this.#files.get(file.key);
    return before?.moved === true && isSameFile(before, file) ? before.again + 1 : 0;
  }

  /** What has been gone for a week is not remembered for ever. */
  async forget(present: ReadonlyMap<string, unknown>): Promise<void> {
    const nowMs = this.#clock.wallMs();
    const gone = [...this.#files].filter(([key, { atMs }]) => atMs < nowMs - rememberedMs && !present.has(key)).map(([key]) => key);
    const old = [...this.#contents].filter(([, atMs]) => atMs < nowMs - hashRememberedMs).map(([field]) => field);
    const forgotten = [...gone, ...old].slice(0, 1_000);
    await this.#ledger.forget(forgotten);
    for (const field of forgotten) {
      this.#files.delete(field);
      this.#contents.delete(field);
    }
  }
}
