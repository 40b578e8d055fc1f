import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import { Scope } from '../../core/base/scope.js';

export interface LogFileFacts {
  readonly name: string;
  readonly bytes: number;
  /** When it was written to last; wall time. */
  readonly writtenAtMs: number;
}

export interface RetentionRules {
  readonly retentionMs: number;
  readonly maxTotalBytes: number;
}

const isLog = (name: string): boolean => /\.log(\.\d+)?$/.test(name);
/** What lies at the end of a log and is no longer written to. */
const isTurnedOver = (name: string): boolean => /\.log\.\d+$/.test(name);

/** Which log files have to go: those that are too old, then the oldest turned-over ones until the rest fits. Times ahead of now count as now. */
export function expiredLogs(files: readonly LogFileFacts[], nowMs: number, { retentionMs, maxTotalBytes }: RetentionRules): readonly string[] {
  const logs = files.filter(({ name }) => isLog(name));
  const expired = logs.filter(({ writtenAtMs }) => nowMs - writtenAtMs > retentionMs);
  const kept = logs.filter((file) => !expired.includes(file));
  let total = kept.reduce((sum, { bytes }) => sum + bytes, 0);
  const surplus: LogFileFacts[] = [];
  for (const file of kept.filter(({ name }) => isTurnedOver(name)).sort((a, b) => a.writtenAtMs - b.writtenAtMs)) {
    if (total <= maxTotalBytes) break;
    surplus.push(file);
    total -= file.bytes;
  }
  return [...expired, ...surplus].map(({ name }) => name);
}

export interface LogRetentionOptions {
  readonly dir: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Read at every look. */
  rules(): RetentionRules;
  readonly everyMs?: number;
}

/** Removes old logs while Roost runs: at the start, then every ten minutes. */
export class LogRetention {
  readonly #options: LogRetentionOptions;
  readonly #scope: Scope;

  constructor(options: LogRetentionOptions) {
    this.#options = options;
    this.#scope = new Scope(options.clock, (step, error) => options.log.warn('old logs could not be removed', { step, error }));
  }

  start(): void {
    this.#scope.every('prune', this.#options.everyMs ?? 600_000, async () => void (await this.prune()));
    void this.prune().catch((error: unknown) => this.#options.log.warn('old logs could not be removed', { error }));
  }

  async stop(): Promise<void> {
    await this.#scope.close();
  }

  /** The names of what was removed. */
  async prune(): Promise<readonly string[]> {
    const { dir, clock, log, rules } = this.#options;
    const names = await readdir(dir).catch(() => []);
    const files = await Promise.all(
      names.map((name) =>
        stat(join(dir, name)).then(
          (file) => (file.isFile() ? [{ name, bytes: file.size, writtenAtMs: file.mtimeMs }] : []),
          () => [],
        ),
      ),
    );
    const expired = expiredLogs(files.flat(), clock.wallMs(), rules());
    for (const name of expired) await rm(join(dir, name), { force: true });
    if (expired.length > 0) log.info('old logs were removed', { files: expired.length });
    return expired;
  }
}
