import { z } from 'zod';
import { RoostError } from '../../contract/errors.js';
import type { CompetitorAnalysisData } from '../../contract/handler-data.js';
import type { HandlerJob, HandlerTools, Report } from '../../core/jobs/handler.js';
import { counted, plain } from '../../core/jobs/markdown.js';
import { isChanged, type PageChange, type PageFacts, pageChange, pageFacts } from './competitor/page-change.js';
import { webUrl } from './web/bounded-fetch.js';
import { PoliteReader, textOf } from './web/polite-reader.js';

const factsSchema = z.object({ title: z.string(), sentences: z.array(z.string()), prices: z.array(z.string()) });
/** `before` is what `now` was compared with, and by which job: another attempt of that job compares with the same again. */
const snapshotSchema = z.object({
  now: factsSchema,
  before: factsSchema.nullable(),
  job: z.string(),
  atMs: z.number(),
  etag: z.string().optional(),
  modified: z.string().optional(),
});
type Snapshot = z.infer<typeof snapshotSchema>;

type Seen =
  | { readonly kind: 'new'; readonly url: string; readonly facts: PageFacts }
  | { readonly kind: 'changed'; readonly url: string; readonly change: PageChange; readonly facts: PageFacts; readonly sinceMs: number }
  | { readonly kind: 'same'; readonly url: string; readonly sinceMs: number }
  | { readonly kind: 'failed'; readonly url: string; readonly why: string };

const shownSentences = 12;
const maxPages = 100;

/** COMPETITOR_SEEDS: addresses with commas, spaces or line breaks between them. */
export const seedsFrom = (text: string | undefined): string[] => (text ?? '').split(/[\s,;]+/).filter((part) => part !== '');

/** Reads each page and says what changed since it was last read. One page that fails does not stop the others. */
export async function competitorAnalysis(job: HandlerJob<CompetitorAnalysisData>, tools: HandlerTools): Promise<Report> {
  const { data } = job;
  const seeds = [...new Set(data.seeds ?? seedsFrom(tools.env['COMPETITOR_SEEDS']))].slice(0, maxPages);
  if (seeds.length === 0) return nothingToRead;
  const reader = new PoliteReader({
    clock: tools.clock,
    signal: job.signal,
    timeoutMs: data.timeout,
    maxBytes: data.max_bytes,
    allowPrivate: data.allow_private,
  });
  const seen: Seen[] = [];
  for (const [index, url] of seeds.entries()) {
    job.signal.throwIfAborted();
    job.progress(index / seeds.length, `reads ${url.replace(/[?#].*$/, '')}`);
    seen.push(await look(url, reader, job, tools));
  }
  if (seen.every(({ kind }) => kind === 'failed')) {
    const first = seen[0];
    throw new RoostError('agent-failed', `none of ${seen.length} pages could be read; the first: ${first?.kind === 'failed' ? first.why : ''}`);
  }
  return reportOf(seen);
}

async function look(url: string, reader: PoliteReader, job: HandlerJob<CompetitorAnalysisData>, tools: HandlerTools): Promise<Seen> {
  const { redis, keys, clock } = tools;
  try {
    const key = webUrl(url).href;
    const last = readSnapshot(await redis.hget(keys.pages, key));
    const again = last?.job === job.id;
    const answer = await reader.read(key, again ? {} : conditional(last));
    if (answer.status === 304 && last !== undefined) return { kind: 'same', url, sinceMs: last.atMs };
    if (!/html|text\/plain|^$/.test(answer.headers['content-type'] ?? ''))
      throw new RoostError('agent-failed', `it is ${answer.headers['content-type']}, not a page`);
    const facts = pageFacts(textOf(answer));
    const before = again ? (last?.before ?? undefined) : last?.now;
    const snapshot: Snapshot = {
      now: { ...facts, sentences: [...facts.sentences], prices: [...facts.prices] },
      before: before ?? null,
      job: job.id,
      atMs: clock.wallMs(),
      ...(answer.headers['etag'] === undefined ? {} : { etag: answer.headers['etag'] }),
      ...(answer.headers['last-modified'] === undefined ? {} : { modified: answer.headers['last-modified'] }),
    };
    await redis.hset(keys.pages, key, JSON.stringify(snapshot));
    if (before === undefined || last === undefined) return { kind: 'new', url, facts };
    const change = pageChange(before, facts);
    return isChanged(change) ? { kind: 'changed', url, change, facts, sinceMs: last.atMs } : { kind: 'same', url, sinceMs: last.atMs };
  } catch (error) {
    if (job.signal.aborted) throw error;
    const why = error instanceof Error ? error.message : String(error);
    job.log(`${url}: ${why}`);
    return { kind: 'failed', url, why };
  }
}

function readSnapshot(text: string | null): Snapshot | undefined {
  if (text === null) return undefined;
  try {
    return snapshotSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

const conditional = (last: Snapshot | undefined): Record<string, string> => ({
  ...(last?.etag === undefined ? {} : { 'if-none-match': last.etag }),
  ...(last?.modified === undefined ? {} : { 'if-modified-since': last.modified }),
});

const nothingToRead: Report = {
  title: 'Competitor analysis',
  summary: 'No pages to read.',
  markdown:
    'Name pages in `data.seeds` of the schedule, or in the variable `COMPETITOR_SEEDS` of the process that starts Roost (addresses with commas between them).',
  figures: { pages: 0, changed: 0, failed: 0 },
};

const list = (heading: string, lines: readonly string[], mark: string): string[] => {
  if (lines.length === 0) return [];
  const more = lines.length > shownSentences ? [`- and ${lines.length - shownSentences} more`] : [];
  return [`**${heading}**`, '', ...lines.slice(0, shownSentences).map((line) => `- ${mark}${plain(line)}`), ...more, ''];
};

function reportOf(seen: readonly Seen[]): Report {
  const of = <K extends Seen['kind']>(kind: K): Extract<Seen, { kind: K }>[] => seen.filter((one): one is Extract<Seen, { kind: K }> => one.kind === kind);
  const [changed, fresh, same, failed] = [of('changed'), of('new'), of('same'), of('failed')];
  const lines: string[] = [];
  for (const { url, change, facts, sinceMs } of changed) {
    lines.push(
      `## ${plain(facts.title === '' ? url : facts.title, 120)}`,
      '',
      `${plain(url)}, compared with ${new Date(sinceMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`,
      '',
    );
    if (change.title !== null) lines.push(`**Title**: ${plain(change.title[0])} → ${plain(change.title[1])}`, '');
    if (change.pricesAdded.length + change.pricesRemoved.length > 0)
      lines.push(
        `**Prices**: gone ${change.pricesRemoved.map((price) => plain(price)).join(', ') || 'none'}; new ${change.pricesAdded.map((price) => plain(price)).join(', ') || 'none'}`,
        '',
      );
    lines.push(...list('New', change.added, ''), ...list('Gone', change.removed, ''));
  }
  if (fresh.length > 0)
    lines.push(
      '## Read for the first time',
      '',
      ...fresh.map(({ url, facts }) => `- ${plain(url)}: ${plain(facts.title, 120)} (${facts.sentences.length} sentences, ${facts.prices.length} prices)`),
      '',
    );
  if (same.length > 0) lines.push('## Unchanged', '', ...same.map(({ url }) => `- ${plain(url)}`), '');
  if (failed.length > 0) lines.push('## Could not be read', '', ...failed.map(({ url, why }) => `- ${plain(url)}: ${plain(why)}`), '');
  const prices = changed.filter(({ change }) => change.pricesAdded.length + change.pricesRemoved.length > 0).length;
  return {
    title: 'Competitor analysis',
    summary: `${changed.length} of ${counted(seen.length, 'page')} changed${prices === 0 ? '' : `, ${prices} with other prices`}${failed.length === 0 ? '' : `; ${failed.length} could not be read`}.`,
    markdown: lines.join('\n'),
    figures: {
      pages: seen.length,
      changed: changed.length,
      'sentences added': changed.reduce((sum, { change }) => sum + change.added.length, 0),
      'sentences removed': changed.reduce((sum, { change }) => sum + change.removed.length, 0),
      failed: failed.length,
    },
  };
}
