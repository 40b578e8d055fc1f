import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { WatchConfig } from '../../contract/config.js';
import type { Clock } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import { type DirectoryPlan, isSameFile, planDirectory, type SeenFile, type Settling } from './directory-plan.js';
import { folderStamp, type Listing, listFolder, moveAside, writeReason } from './folder-files.js';
import type { Intake } from './intake.js';
import { needsOf } from './item-template.js';
import { contentField, type Known, KnownFiles } from './known-files.js';
import { isWanted } from './name-match.js';
import { type ItemNeeds, readItem } from './read-item.js';
import type { Scanner, ScanResult } from './scan.js';
import type { Counts, Reject, WatchLedger } from './watch-ledger.js';

export interface DirectoryScannerOptions {
  readonly config: WatchConfig;
  readonly folder: string;
  readonly ledger: WatchLedger;
  readonly intake: Intake;
  readonly clock: Clock;
  readonly log: Log;
  counts: Counts;
}

type Outcome =
  | { readonly kind: 'queued'; readonly jobId: string; readonly hash: string | null }
  /** The same content was a job before. */
  | { readonly kind: 'repeated' }
  | { readonly kind: 'refused' | 'later'; readonly reason: string };

const batchSize = 100;
/** A folder whose list of names changed so recently may change again within the grain of its time stamp. */
const stampGrainNs = 3_000_000_000n;
const followedAtOnce = 500;

/** One folder: each finished file becomes one job; looked at by polling only. */
export class DirectoryScanner implements Scanner {
  readonly #options: DirectoryScannerOptions;
  readonly #needs: ItemNeeds;
  readonly #known: KnownFiles;
  #settling: ReadonlyMap<string, Settling> = new Map();
  #followed = 0;
  /** Why some of the last look wait for the next one. */
  #later: string[] = [];
  #last: { readonly stampNs: bigint; readonly result: ScanResult; readonly present: ReadonlyMap<string, SeenFile> } | undefined;

  constructor(options: DirectoryScannerOptions) {
    this.#options = options;
    this.#known = new KnownFiles(options.ledger, options.clock);
    this.#needs = { ...needsOf(options.config.data), hash: options.config.identity === 'content' };
  }

  async scan(signal: AbortSignal): Promise<ScanResult> {
    const { folder, config, clock } = this.#options;
    await this.#known.load();
    const stampNs = await folderStamp(folder);
    // Names come and go with the time stamp of the folder; what only grows is among the settling.
    if (this.#last !== undefined && this.#last.stampNs === stampNs && this.#settling.size === 0 && this.#last.result.behind === 0) {
      await this.#follow(this.#last.present, signal);
      return { ...this.#last.result, open: this.#openJobs() };
    }
    const listing = await listFolder(folder, (name) => isWanted(config.match, name), signal);
    const present = new Map(listing.files.map((file) => [file.key, file]));
    await this.#refuseStrange(listing);
    const plan = planDirectory({
      seen: listing.files,
      known: this.#known.files,
      settling: this.#settling,
      wallMs: clock.wallMs(),
      monoMs: clock.monoMs(),
      settleMs: config.settle,
    });
    this.#later = [];
    const behind = plan.ready.length - (await this.#takeAll(plan, signal));
    this.#settling = plan.settling;
    await this.#follow(present, signal);
    await this.#known.forget(present);
    const result = this.#result(plan, listing.files.length, behind);
    const grainPassed = BigInt(Math.round(clock.wallMs())) * 1_000_000n - stampNs > stampGrainNs;
    this.#last = grainPassed && this.#later.length === 0 ? { stampNs, result, present } : undefined;
    return result;
  }

  #result(plan: DirectoryPlan, present: number, behind: number): ScanResult {
    const { clock } = this.#options;
    const oldestSettling = Math.max(0, ...[...plan.settling.values()].map(({ firstMonoMs }) => clock.monoMs() - firstMonoMs));
    const oldestReady = behind === 0 ? 0 : Math.max(0, clock.wallMs() - (plan.ready[plan.ready.length - behind]?.mtimeMs ?? clock.wallMs()));
    const lagMs = plan.settling.size + behind === 0 ? null : Math.round(Math.max(oldestSettling, oldestReady));
    return { present, settling: plan.settling.size + this.#later.length, behind, lagMs, open: this.#openJobs(), more: false, note: this.#later[0] ?? null };
  }

  /** How many of the ready ones were dealt with: room in the queue may end before they do. */
  async #takeAll({ ready }: DirectoryPlan, signal: AbortSignal): Promise<number> {
    if (ready.length === 0) return 0;
    const room = Math.min(ready.length, await this.#options.intake.room());
    for (let at = 0; at < room; at += batchSize) {
      signal.throwIfAborted();
      await this.#takeBatch(ready.slice(at, Math.min(room, at + batchSize)));
    }
    return room;
  }

  /** Jobs first, then the ledger: whoever dies in between adds the same jobs again, which changes nothing. */
  async #takeBatch(files: readonly SeenFile[]): Promise<void> {
    const { ledger, clock } = this.#options;
    const outcomes = await Promise.all(files.map((file) => this.#take(file)));
    const fresh = new Set<string>();
    const items: [string, Known][] = [];
    const rejects: Reject[] = [];
    let queued = 0;
    for (const [index, file] of files.entries()) {
      const outcome = outcomes[index];
      if (outcome === undefined) continue;
      if (outcome.kind === 'later') {
        this.#later.push(outcome.reason);
        continue;
      }
      const { born, size, mtimeMs, name } = file;
      const base = { born, size, mtimeMs, name, moved: false, again: this.#known.timesBack(file), atMs: clock.wallMs() };
      const repeated = outcome.kind === 'repeated' || (outcome.kind === 'queued' && outcome.hash !== null && fresh.has(outcome.hash));
      const queues = outcome.kind === 'queued' && !repeated;
      const record: Known = queues ? { ...base, jobId: outcome.jobId, state: 'queued' } : { ...base, jobId: '', state: repeated ? 'done' : 'rejected' };
      if (outcome.kind !== 'refused') items.push([file.key, record]);
      if (queues) {
        queued += 1;
        if (outcome.hash === null) continue;
        fresh.add(outcome.hash);
        items.push([contentField(outcome.hash), record]);
      } else if (outcome.kind === 'refused') {
        const reject = { atMs: clock.wallMs(), item: name, reason: outcome.reason };
        rejects.push(reject);
        items.push([file.key, { ...record, moved: await this.#setAside(file, reject) }]);
      }
    }
    this.#options.counts = await ledger.commit({ items, queued, rejects }, this.#options.counts);
    await this.#options.intake.settled(items.flatMap(([, { jobId }]) => (jobId === '' ? [] : [jobId])));
    this.#known.remember(items);
  }

  /** Undefined when the file went away meanwhile. */
  async #take(file: SeenFile): Promise<Outcome | undefined> {
    const { folder, intake } = this.#options;
    const again = this.#known.timesBack(file);
    const isKnown = (hash: string): boolean => again === 0 && this.#known.hasContent(hash);
    const read = await readItem(folder, file, this.#needs, isKnown);
    if (read.kind === 'gone') return undefined;
    if (read.kind !== 'read') return read;
    const { fields, hash } = read;
    if (hash !== null && isKnown(hash)) return { kind: 'repeated' };
    const identity = `${hash === null ? `file:${file.key}:${file.born === '' ? file.mtimeMs : file.born}` : `content:${hash}`}${again === 0 ? '' : `:${again}`}`;
    const taken = await intake.take({ identity, fields });
    return taken.kind === 'queued' ? { ...taken, hash } : taken;
  }

  /** Told once for each; they stay where they are. */
  async #refuseStrange({ strange }: Listing): Promise<void> {
    const fresh = strange.filter(({ file }) => {
      const before = this.#known.files.get(file.key);
      return before === undefined || !isSameFile(before, file);
    });
    if (fresh.length === 0) return;
    const atMs = this.#options.clock.wallMs();
    const items = fresh.map(({ file }): [string, Known] => [
      file.key,
      { born: file.born, size: file.size, mtimeMs: file.mtimeMs, jobId: '', state: 'rejected', name: file.name, moved: false, again: 0, atMs },
    ]);
    const rejects = fresh.map(({ file, reason }) => ({ atMs, item: file.name, reason }));
    this.#options.counts = await this.#options.ledger.commit({ items, rejects }, this.#options.counts);
    this.#known.remember(items);
  }

  async #setAside(file: SeenFile, reject: Reject): Promise<boolean> {
    const { folder, log } = this.#options;
    try {
      await moveAside(folder, file, 'rejected');
      await writeReason(folder, reject);
      return true;
    } catch (error) {
      // It stays where it is, known as refused; the list of rejects has the reason.
      log.warn('a refused item could not be moved aside', { item: file.name, error });
      return false;
    }
  }

  /** Takes away the files whose jobs have ended, where the settings want it. */
  async #follow(present: ReadonlyMap<string, SeenFile>, signal: AbortSignal): Promise<void> {
    const { config, folder, intake, ledger } = this.#options;
    if (config.after === 'keep') return;
    const all = [...this.#known.files].filter(([key, { state, jobId }]) => state === 'queued' && jobId !== '' && present.has(key));
    // The turn of each comes, also where the first ones stay open for long.
    const from = all.length <= followedAtOnce ? 0 : this.#followed % all.length;
    this.#followed = from + followedAtOnce;
    const open = [...all.slice(from), ...all.slice(0, from)].slice(0, followedAtOnce);
    for (const [key, record] of open) {
      signal.throwIfAborted();
      const state = await intake.stateOf(record.jobId);
      // A job that is not kept any more has succeeded: failed ones are kept for weeks.
      const ended = state === 'failed' ? 'failed' : state === 'completed' || state === 'unknown' ? 'done' : undefined;
      const file = present.get(key);
      if (ended === undefined || file === undefined) continue;
      if (ended === 'done' && config.after === 'delete') await unlink(join(folder, file.name)).catch(() => undefined);
      else await moveAside(folder, file, ended);
      const next: Known = { ...record, state: ended, moved: true };
      this.#options.counts = await ledger.commit({ items: [[key, next]] }, this.#options.counts);
      this.#known.remember([[key, next]]);
    }
  }

  #openJobs(): number | null {
    if (this.#options.config.after === 'keep') return null;
    return this.#known.openJobs;
  }
}
