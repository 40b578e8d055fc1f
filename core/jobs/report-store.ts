import { createHash } from 'node:crypto';
import { type ReportSummary, type Report as ReportView, reportSchema, reportSummarySchema } from '../../contract/reports.js';
import type { Redis } from '../redis/connection.js';
import type { Keys } from '../redis/keys.js';
import { Script } from '../sessions/script.js';
import type { Report } from './handler.js';

const keptDays = 90;
const keptReports = 2_000;
const maxMarkdownChars = 200_000;
const maxFigures = 40;

export interface ReportOf {
  readonly handler: string;
  readonly queue: string;
  readonly jobId: string;
  readonly node: string;
  readonly atMs: number;
}

/** Another attempt of the same job writes the same report. */
export const reportId = (handler: string, queue: string, jobId: string): string =>
  `${handler}-${createHash('sha256').update(`${queue}\0${jobId}`).digest('hex').slice(0, 16)}`;

/** What a handler returned is a report when it has its shape; anything else is a plain result. */
export function isReport(value: unknown): value is Report {
  if (typeof value !== 'object' || value === null) return false;
  const { title, summary, markdown } = value as Partial<Record<keyof Report, unknown>>;
  return typeof title === 'string' && typeof summary === 'string' && typeof markdown === 'string';
}

/** Writes one report and drops those beyond age and number, from the list of all and from that of its handler. */
const putScript = new Script(`
  local report, all, own = KEYS[1], KEYS[2], KEYS[3]
  local id, atMs, oldest, kept, keepSeconds, prefix, ownPrefix = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5], ARGV[6], ARGV[7]
  redis.call('DEL', report)
  redis.call('HSET', report, unpack(ARGV, 8))
  redis.call('EXPIRE', report, keepSeconds)
  redis.call('ZADD', all, atMs, id)
  redis.call('ZADD', own, atMs, id)
  local gone = redis.call('ZRANGEBYSCORE', all, '-inf', oldest)
  for _, extra in ipairs(redis.call('ZRANGE', all, 0, -kept - 1)) do gone[#gone + 1] = extra end
  for at = 1, math.min(#gone, 500) do
    local handler = redis.call('HGET', prefix .. gone[at], 'handler') or string.match(gone[at], '^(.*)%-[0-9a-f]+$')
    redis.call('ZREM', all, gone[at])
    if handler then redis.call('ZREM', ownPrefix .. handler, gone[at]) end
    redis.call('DEL', prefix .. gone[at])
  end
  return #gone
`);

const summaryFields = ['id', 'handler', 'queue', 'jobId', 'node', 'atMs', 'title', 'summary', 'figures'] as const;

/** Reports in Redis: the newest 2,000 of 90 days. A damaged one reads as missing. */
export class ReportStore {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  async put(of: ReportOf, report: Report): Promise<string> {
    const id = reportId(of.handler, of.queue, of.jobId);
    const figures = Object.fromEntries(
      Object.entries(report.figures ?? {})
        .filter(([, value]) => Number.isFinite(value))
        .slice(0, maxFigures),
    );
    const cut = report.markdown.length > maxMarkdownChars;
    const fields = {
      ...of,
      id,
      title: report.title.slice(0, 200),
      summary: report.summary.slice(0, 1_000),
      figures: JSON.stringify(figures),
      markdown: cut ? `${report.markdown.slice(0, maxMarkdownChars)}\n\n*The rest was too long to keep.*` : report.markdown,
    };
    const keys = [this.#keys.report(id), this.#keys.reports, this.#keys.reportsOf(of.handler)];
    const bounds = [of.atMs - keptDays * 86_400_000, keptReports, keptDays * 86_400, this.#keys.report(''), this.#keys.reportsOf('')];
    const pairs = Object.entries(fields).flatMap(([name, value]) => [name, String(value)]);
    await putScript.run(this.#redis, keys, [id, of.atMs, ...bounds, ...pairs]);
    return id;
  }

  /** Handlers with reports, the latest first: what is newest names them, so one without any of the last 2,000 is not there. */
  async handlers(): Promise<{ handler: string; reports: number; lastAtMs: number }[]> {
    const ids = await this.#redis.zrevrange(this.#keys.reports, 0, -1, 'WITHSCORES');
    const found = new Map<string, { handler: string; reports: number; lastAtMs: number }>();
    for (let at = 0; at + 1 < ids.length; at += 2) {
      const handler = (ids[at] ?? '').replace(/-[0-9a-f]{16}$/, '');
      const known = found.get(handler);
      if (known === undefined) found.set(handler, { handler, reports: 1, lastAtMs: Number(ids[at + 1]) });
      else known.reports += 1;
    }
    return [...found.values()];
  }

  async get(id: string): Promise<ReportView | undefined> {
    const parsed = reportSchema.safeParse(decoded(await this.#redis.hgetall(this.#keys.report(id))));
    return parsed.success ? parsed.data : undefined;
  }

  /** Newest first; without the text. */
  async list(options: { readonly handler?: string; readonly limit: number; readonly untilMs?: number }): Promise<{ reports: ReportSummary[]; total: number }> {
    const key = options.handler === undefined ? this.#keys.reports : this.#keys.reportsOf(options.handler);
    const [ids, total] = await Promise.all([
      this.#redis.zrevrangebyscore(key, options.untilMs ?? '+inf', '-inf', 'LIMIT', 0, options.limit),
      this.#redis.zcard(key),
    ]);
    if (ids.length === 0) return { reports: [], total };
    const pipeline = this.#redis.pipeline();
    for (const id of ids) pipeline.hmget(this.#keys.report(id), ...summaryFields);
    const reports: ReportSummary[] = [];
    for (const [error, values] of (await pipeline.exec()) ?? []) {
      if (error !== null) throw error;
      const hash = Object.fromEntries(
        summaryFields.flatMap((name, index) => {
          const value = (values as (string | null)[])[index];
          return typeof value === 'string' ? [[name, value]] : [];
        }),
      );
      const parsed = reportSummarySchema.safeParse(decoded(hash));
      if (parsed.success) reports.push(parsed.data);
    }
    return { reports, total };
  }
}

function decoded(hash: Readonly<Record<string, string>>): unknown {
  try {
    return { ...hash, atMs: Number(hash['atMs']), figures: JSON.parse(hash['figures'] ?? '{}') as unknown };
  } catch {
    return undefined;
  }
}
