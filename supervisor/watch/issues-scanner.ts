import { lstat, open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import type { WatchConfig } from '../../contract/config.js';
import type { Clock } from '../../core/base/clock.js';
import { planDirectory, type Settling } from './directory-plan.js';
import { seenOf } from './folder-files.js';
import type { Intake } from './intake.js';
import { type Issue, issuesOf } from './issues.js';
import type { RejectFile } from './reject-file.js';
import { problemOfFile, type Scanner, type ScanResult, WatchProblem } from './scan.js';
import type { Counts, WatchLedger } from './watch-ledger.js';

export interface IssuesScannerOptions {
  readonly config: WatchConfig;
  readonly path: string;
  readonly ledger: WatchLedger;
  readonly intake: Intake;
  readonly rejects: RejectFile;
  readonly clock: Clock;
  counts: Counts;
}

const maxFileBytes = 20 * 1024 * 1024;
const batchSize = 100;
const recordSchema = z.object({ jobId: z.string(), atMs: z.number() });

/** A file that is written anew as a whole: each issue in it that was not there before becomes one job. */
export class IssuesScanner implements Scanner {
  readonly #options: IssuesScannerOptions;
  #known: Set<string> | undefined;
  #settling: ReadonlyMap<string, Settling> = new Map();
  /** The file as it was when all of it was dealt with. */
  #read: { readonly mark: string; readonly result: ScanResult } | undefined;

  constructor(options: IssuesScannerOptions) {
    this.#options = options;
  }

  async scan(signal: AbortSignal): Promise<ScanResult> {
    const { path, config, clock, ledger } = this.#options;
    this.#known ??= new Set((await ledger.items(recordSchema)).keys());
    const found = await lstat(path, { bigint: true }).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw problemOfFile(error, path);
    });
    if (found === undefined) return { ...nothing, note: `${path} is not there yet` };
    if (!found.isFile()) throw new WatchProblem(`${path} is not a file (links are not followed)`);
    const file = seenOf(basename(path), found);
    const mark = `${file.key}:${file.size}:${file.mtimeMs}`;
    if (this.#read?.mark === mark) return this.#read.result;
    const plan = planDirectory({
      seen: [file],
      known: new Map(),
      settling: this.#settling,
      wallMs: clock.wallMs(),
      monoMs: clock.monoMs(),
      settleMs: config.settle,
    });
    this.#settling = plan.settling;
    if (plan.ready.length === 0) return { ...nothing, settling: file.size === 0 ? 0 : 1 };
    if (file.size > maxFileBytes) throw new WatchProblem(`${path} holds ${file.size} bytes; more than ${maxFileBytes} are not read`);
    const result = await this.#takeAll(await textOf(path), signal);
    this.#read = result.behind === 0 ? { mark, result } : undefined;
    return result;
  }

  async #takeAll(text: string, signal: AbortSignal): Promise<ScanResult> {
    const { path, intake, ledger, rejects, clock } = this.#options;
    let parsed: ReturnType<typeof issuesOf>;
    try {
      parsed = issuesOf(text);
    } catch (error) {
      throw new WatchProblem(`${path} cannot be used: ${error instanceof Error ? error.message : String(error)}`);
    }
    const fresh = parsed.issues.filter(({ id }) => this.#known?.has(id) !== true);
    const bad = parsed.bad.filter(({ id }) => this.#known?.has(id) !== true);
    await this.#refuse(bad);
    const room = fresh.length === 0 ? 0 : Math.min(fresh.length, await intake.room());
    for (let at = 0; at < room; at += batchSize) {
      signal.throwIfAborted();
      const part = fresh.slice(at, Math.min(room, at + batchSize));
      const outcomes = await Promise.all(part.map((issue) => intake.take({ identity: `issue:${issue.id}`, fields: this.#fields(issue) })));
      const refused = part.flatMap((issue, index) => {
        const outcome = outcomes[index];
        return outcome?.kind === 'refused' ? [{ id: issue.id, reason: outcome.reason, text: issue.text.slice(0, 2_000) }] : [];
      });
      await rejects.add(refused.map(({ id, reason, text: line }) => ({ key: id, atMs: clock.wallMs(), reason, text: line })));
      const items = part.map(({ id }, index) => {
        const outcome = outcomes[index];
        return [id, { jobId: outcome?.kind === 'queued' ? outcome.jobId : '', atMs: clock.wallMs() }] as const;
      });
      const told = refused.map(({ id, reason }) => ({ atMs: clock.wallMs(), item: id, reason }));
      this.#options.counts = await ledger.commit({ items, queued: part.length - refused.length, rejects: told }, this.#options.counts);
      await intake.settled(items.flatMap(([, { jobId }]) => (jobId === '' ? [] : [jobId])));
      for (const { id } of part) this.#known?.add(id);
    }
    const behind = fresh.length - room;
    return { present: parsed.issues.length, settling: 0, behind, lagMs: null, open: null, more: false, note: null };
  }

  async #refuse(bad: readonly { readonly id: string; readonly reason: string; readonly text: string }[]): Promise<void> {
    if (bad.length === 0) return;
    const { rejects, ledger, clock } = this.#options;
    const atMs = clock.wallMs();
    await rejects.add(bad.map(({ id, reason, text }) => ({ key: id, atMs, reason, text })));
    const items = bad.map(({ id }) => [id, { jobId: '', atMs }] as const);
    this.#options.counts = await ledger.commit({ items, rejects: bad.map(({ id, reason }) => ({ atMs, item: id, reason })) }, this.#options.counts);
    for (const { id } of bad) this.#known?.add(id);
  }

  #fields(issue: Issue) {
    const { path } = this.#options;
    return { path: join(dirname(path), basename(path)), name: basename(path), id: issue.id.replace(/^[a-z]+:/, ''), text: issue.text, item: issue.item };
  }
}

const nothing: ScanResult = { present: 0, settling: 0, behind: 0, lagMs: null, open: null, more: false, note: null };

async function textOf(path: string): Promise<string> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    throw problemOfFile(error, path);
  });
  try {
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}
