import { createHash } from 'node:crypto';
import { RoostError } from '../../contract/errors.js';
import type { TrendScanData } from '../../contract/handler-data.js';
import type { HandlerJob, HandlerTools, Report } from '../../core/jobs/handler.js';
import { counted, figure, markdownTable, plain } from '../../core/jobs/markdown.js';
import { type RisingTerm, risingTerms, type TermCounts } from './trends/rising.js';
import { bucketMs, TermStore } from './trends/term-store.js';
import { termsOf } from './trends/terms.js';
import { type FeedItem, parseFeed } from './web/feed.js';
import { PoliteReader, textOf } from './web/polite-reader.js';

const maxItemChars = 800;
const shownSources = 3;
const dayMs = 86_400_000;

interface Source {
  readonly title: string;
  readonly link: string | null;
  readonly terms: ReadonlySet<string>;
}

interface Scan {
  readonly feeds: number;
  readonly items: number;
  readonly fresh: number;
  readonly failed: readonly { readonly url: string; readonly why: string }[];
  readonly sources: readonly Source[];
}

/** Feeds in, rising terms out: what stands in more items of the last hours than the weeks before lead to expect. */
export async function trendScan(job: HandlerJob<TrendScanData>, tools: HandlerTools): Promise<Report> {
  const { data } = job;
  if (data.feeds.length === 0) return nothingToRead;
  const store = new TermStore(tools.redis, tools.keys);
  const scan = await scanFeeds(job, tools, store);
  const nowMs = tools.clock.wallMs();
  const keepDays = data.baseline_days + Math.ceil(data.window_hours / 24) + 1;
  await store.trim(nowMs, keepDays);
  const windowFromMs = Math.floor((nowMs - data.window_hours * 3_600_000) / bucketMs) * bucketMs;
  const now = await store.between(windowFromMs, nowMs + bucketMs);
  const before = await store.between(windowFromMs - data.baseline_days * dayMs, windowFromMs);
  return reportOf(scan, now, before, risingTerms(now, before, { minItems: data.min_items, top: data.top }), data);
}

async function scanFeeds(job: HandlerJob<TrendScanData>, tools: HandlerTools, store: TermStore): Promise<Scan> {
  const { data } = job;
  const { clock } = tools;
  const reader = new PoliteReader({ clock, signal: job.signal, timeoutMs: data.timeout, maxBytes: data.max_bytes, allowPrivate: data.allow_private });
  const failed: { url: string; why: string }[] = [];
  const sources: Source[] = [];
  let [items, fresh] = [0, 0];
  const feeds = [...new Set(data.feeds)];
  for (const [index, url] of feeds.entries()) {
    job.signal.throwIfAborted();
    job.progress(index / feeds.length, `reads ${url.replace(/[?#].*$/, '')}`);
    try {
      const feed = parseFeed(textOf(await reader.read(url)));
      for (const item of feed.items) {
        items += 1;
        const terms = termsOf(`${item.title}. ${item.summary}`.slice(0, maxItemChars));
        const atMs = placeInTime(item, clock.wallMs(), data.baseline_days);
        if (atMs === null || terms.size === 0) continue;
        if (await store.count(nameOf(item), atMs, terms, { nowMs: clock.wallMs(), keepDays: data.baseline_days + 10 })) fresh += 1;
        if (clock.wallMs() - atMs <= data.window_hours * 3_600_000 + bucketMs) sources.push({ title: item.title, link: item.link, terms });
      }
      job.log(`${url}: ${feed.items.length} items`);
    } catch (error) {
      if (job.signal.aborted || isOutage(error)) throw error;
      const why = error instanceof Error ? error.message : String(error);
      job.log(`${url}: ${why}`);
      failed.push({ url, why });
    }
  }
  if (failed.length === feeds.length) throw new RoostError('agent-failed', `none of ${feeds.length} feeds could be read; the first: ${failed[0]?.why ?? ''}`);
  return { feeds: feeds.length, items, fresh, failed, sources };
}

/** A feed that cannot be read is a line of the report; a Redis that is gone is the failure of the job. */
const isOutage = (error: unknown): boolean => error instanceof Error && !(error instanceof RoostError);

/** The same story in two feeds is one item. */
const nameOf = (item: FeedItem): string =>
  createHash('sha256')
    .update(item.link ?? item.id)
    .digest('base64url')
    .slice(0, 22);

/** When an item counts: as published, or now where that is unknown or in the future; null when it is older than the baseline. */
function placeInTime(item: FeedItem, nowMs: number, baselineDays: number): number | null {
  const atMs = Math.min(item.publishedMs ?? nowMs, nowMs);
  return atMs < nowMs - baselineDays * dayMs ? null : atMs;
}

const nothingToRead: Report = {
  title: 'Trend scan',
  summary: 'No feeds to read.',
  markdown: 'Name RSS, Atom or JSON feeds in `data.feeds` of the schedule.',
  figures: { feeds: 0, items: 0, rising: 0 },
};

function reportOf(scan: Scan, now: TermCounts, before: TermCounts, rising: readonly RisingTerm[], data: TrendScanData): Report {
  const lines: string[] = [];
  if (before.items === 0)
    lines.push(
      'There is nothing to compare with yet: rising terms appear once items from before the window were counted. The commonest terms meanwhile:',
      '',
      ...commonest(now, data.top),
      '',
    );
  else if (rising.length === 0) lines.push(`No term stands in clearly more of ${now.items} items than in the ${before.items} before.`, '');
  else {
    lines.push(
      markdownTable(
        ['Term', 'Items now', 'Items before', 'Times as often', 'z'],
        rising.map(({ term, now: count, before: old, lift, z }) => [plain(term), count, old, old === 0 ? 'new' : figure(lift), z.toFixed(1)]),
      ),
      '',
    );
    for (const { term } of rising.slice(0, 10)) lines.push(`## ${plain(term)}`, '', ...cited(term, scan.sources), '');
  }
  lines.push(
    '## How it is counted',
    '',
    `The last ${data.window_hours} hours (${now.items} items) against the ${data.baseline_days} days before (${before.items} items). A term counts once an item. Rising means a log-odds ratio with a prior at least 3 standard deviations above none (Monroe, Colaresi and Quinn 2008).`,
  );
  if (scan.failed.length > 0) lines.push('', '## Could not be read', '', ...scan.failed.map(({ url, why }) => `- ${plain(url)}: ${plain(why)}`));
  const first = rising[0];
  const trouble = scan.failed.length === 0 ? '' : ` ${scan.failed.length} of ${scan.feeds} feeds could not be read.`;
  return {
    title: 'Trend scan',
    summary: `${first === undefined ? 'No rising terms' : `${counted(rising.length, 'rising term')}, first “${plain(first.term)}”`} in ${counted(now.items, 'item')} of ${counted(scan.feeds, 'feed')}.${trouble}`,
    markdown: lines.join('\n'),
    figures: { feeds: scan.feeds, items: scan.items, 'new items': scan.fresh, rising: rising.length, failed: scan.failed.length },
  };
}

function commonest({ of }: TermCounts, top: number): string[] {
  const sorted = [...of].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, top);
  return sorted.length === 0 ? ['- none'] : sorted.map(([term, count]) => `- ${plain(term)}: ${count}`);
}

function cited(term: string, sources: readonly Source[]): string[] {
  const found = sources.filter(({ terms }) => terms.has(term)).slice(0, shownSources);
  return found.map(({ title, link }) => `- ${plain(title === '' ? (link ?? '') : title, 160)}${link === null ? '' : `: ${plain(link, 200)}`}`);
}
