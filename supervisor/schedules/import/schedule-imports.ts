import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { SchedulesConfig } from '../../../contract/config-schedules.js';
import { RoostError } from '../../../contract/errors.js';
import { type ImportRecord, type ImportRow, importRecordSchema, type ScheduleDraft, scheduleDraftSchema } from '../../../contract/schedules.js';
import type { Clock } from '../../../core/base/clock.js';
import { call, type Redis } from '../../../core/redis/connection.js';
import type { Environment } from '../../config/load-config.js';
import type { Known } from '../check.js';
import type { ScheduleDesk } from '../schedule-desk.js';
import type { Schedules } from '../schedules.js';
import { nextFew } from '../time/rule.js';
import { zoneNamed } from '../time/zone.js';
import { type Comparison, compareRuns, timesIn } from './compare.js';
import { type Exported, exportCelery, exportCrontab } from './export.js';
import { type ImportRequest, importRows } from './import-plan.js';

export interface ScheduleImportsOptions {
  readonly desk: ScheduleDesk;
  readonly known: Known;
  readonly clock: Clock;
  readonly env: Environment;
  config(): SchedulesConfig;
  schedules(): Schedules;
  redis(): Redis;
  /** List of records in Redis. */
  readonly key: string;
}

const keptRecords = 50;
const keptSchema = importRecordSchema.extend({ drafts: z.record(z.string(), scheduleDraftSchema) });

/** From another scheduler and back to it. */
export class ScheduleImports {
  readonly #options: ScheduleImportsOptions;

  constructor(options: ScheduleImportsOptions) {
    this.#options = options;
  }

  rows(request: Omit<ImportRequest, 'tz'> & { readonly tz?: string | undefined }): { readonly rows: ImportRow[]; readonly tz: string } {
    const { desk, known, clock, env, config } = this.#options;
    // cron goes by the zone of its machine, Celery by UTC.
    const tz = zoneNamed(request.tz ?? (request.format === 'crontab' ? Intl.DateTimeFormat().resolvedOptions().timeZone : 'UTC')).name;
    const rows = importRows(
      { ...request, tz },
      {
        knownHandlers: known.handlers(),
        knownQueues: known.queues(),
        taken: new Set(Object.keys(config())),
        hasHome: Boolean(env['HOME']),
        check: (name, draft) => nextFew(desk.check(name, draft).checked.rule, clock.wallMs(), 5),
      },
    );
    return { rows, tz };
  }

  /** All of them in one edit of the config file. */
  async take(format: ImportRecord['format'], creates: readonly ImportRow[]): Promise<ImportRecord> {
    const { desk, clock, redis, key } = this.#options;
    const drafts = Object.fromEntries(creates.flatMap(({ name, draft }) => (name === null || draft === null ? [] : [[name, draft] as const])));
    const atMs = clock.wallMs();
    const record: ImportRecord = { id: `m-${atMs.toString(36)}-${randomBytes(2).toString('hex')}`, atMs, format, names: Object.keys(drafts) };
    await desk.putAll(drafts);
    await call(
      clock,
      redis()
        .multi()
        .lpush(key, JSON.stringify({ ...record, drafts }))
        .ltrim(key, 0, keptRecords - 1)
        .exec(),
    );
    return record;
  }

  async list(): Promise<ImportRecord[]> {
    return (await this.#kept()).map(({ drafts: _, ...record }) => record);
  }

  async undo(id: string): Promise<{ readonly removed: string[]; readonly kept: { name: string; why: string }[] }> {
    const { desk, clock, config, redis, key } = this.#options;
    const record = (await this.#kept()).find((one) => one.id === id);
    if (record === undefined) throw new RoostError('not-found', `There is no import ${id}; see the list of imports.`, { field: 'id' });
    const kept: { name: string; why: string }[] = [];
    const removed: string[] = [];
    for (const [name, draft] of Object.entries(record.drafts)) {
      if (!(name in config())) kept.push({ name, why: 'is gone already' });
      else if (!this.#untouched(name, draft)) kept.push({ name, why: 'was changed since and stays' });
      else removed.push(name);
    }
    if (removed.length > 0) await desk.delete(removed);
    const rest = (await this.#kept()).filter((one) => one.id !== id);
    const write = redis().multi().del(key);
    if (rest.length > 0) write.rpush(key, ...rest.map((one) => JSON.stringify(one)));
    await call(clock, write.exec());
    return { removed, kept };
  }

  export(format: ImportRecord['format']): Exported {
    return format === 'crontab' ? exportCrontab(this.#options.config()) : exportCelery(this.#options.config());
  }

  async compare(
    name: string,
    text: string,
    match: string | undefined,
    toleranceMs: number,
  ): Promise<{ matched: number; onlyHere: number[]; onlyThere: number[]; fromMs: number | null; toMs: number | null; here: number; there: number }> {
    const { schedules, config, clock } = this.#options;
    const runs = await schedules().runs(name, 200);
    const here = runs.flatMap((run) => (run.dueMs !== null && run.outcome !== 'missed' && run.outcome !== 'skipped' ? [run.dueMs] : [])).sort((a, b) => a - b);
    const there = timesIn(text, match, zoneNamed(config()[name]?.tz ?? 'UTC'), clock.wallMs());
    if (there.length === 0)
      throw new RoostError('bad-request', 'text must hold lines with a time such as 2026-11-22 04:00:00 or Nov 22 04:00:00, got none', { field: 'text' });
    const found: Comparison = compareRuns(here, there, toleranceMs);
    return { ...found, onlyHere: [...found.onlyHere], onlyThere: [...found.onlyThere], here: here.length, there: there.length };
  }

  #untouched(name: string, draft: ScheduleDraft): boolean {
    const { desk } = this.#options;
    return desk.isAsWritten(name, draft) || desk.isAsWritten(name, { ...draft, mode: 'run' }) || desk.isAsWritten(name, { ...draft, mode: undefined });
  }

  async #kept() {
    const { redis, key, clock } = this.#options;
    const texts = await call(clock, redis().lrange(key, 0, keptRecords - 1));
    return texts.flatMap((text) => {
      const parsed = keptSchema.safeParse(JSON.parse(text));
      return parsed.success ? [parsed.data] : [];
    });
  }
}
