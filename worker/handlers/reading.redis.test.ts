import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CompetitorAnalysisData, TrendScanData } from '../../contract/handler-data.js';
import { type Clock, systemClock } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import type { HandlerTools } from '../../core/jobs/handler.js';
import { connect, type Redis, whenReady } from '../../core/redis/connection.js';
import { startTestRedis, type TestRedis } from '../../core/redis/test-redis.js';
import { competitorAnalysis } from './competitor-analysis.js';
import { openSite, type TestSite, testJob, testTools } from './test-handler.js';
import { trendScan } from './trend-scan.js';

let server: TestRedis;
let redis: Redis;
let site: TestSite;
let wallMs = Date.parse('2026-03-10T12:00:00Z');
/** The gap between two requests to one site passes at once. */
const clock: Clock = { ...systemClock, wallMs: () => wallMs, after: (delayMs, task) => systemClock.after(delayMs <= 10_000 ? 0 : delayMs, task) };
const tools = (env: HandlerTools['env'] = {}): HandlerTools => testTools({ redis, clock, env });

beforeAll(async () => {
  server = await startTestRedis();
  redis = connect(server.address, 'calls', 'test', silentLog);
  await whenReady(systemClock, redis, 30_000);
  site = await openSite();
});
afterEach(async () => {
  await redis.flushall();
  site.pages.clear();
  site.asked.splice(0);
});
afterAll(async () => {
  await site.close();
  redis.disconnect();
  await server.stop();
});

describe('competitor analysis', () => {
  let run = 0;
  const analyse = (id = `job-${++run}`, seeds?: string[]) =>
    competitorAnalysis(
      testJob<CompetitorAnalysisData>('competitor-analysis', { seeds: seeds ?? [`${site.url}/a`, `${site.url}/b`], allow_private: ['127.0.0.1'] }, { id }),
      tools(),
    );

  it('says what changed since the last time, page by page', async () => {
    site.pages.set('/a', '<title>Plan A</title><p>We ship fast. It costs $10 a month.</p>');
    site.pages.set('/b', '<title>Plan B</title><p>Nothing new here.</p>');
    expect((await analyse()).figures).toMatchObject({ pages: 2, changed: 0 });
    site.pages.set('/a', '<title>Plan A+</title><p>We ship fast. It costs $12 a month. Now with *agents* <i>included</i>.</p>');
    const report = await analyse();
    expect(report.summary).toBe('1 of 2 pages changed, 1 with other prices.');
    expect(report.markdown).toContain('**Title**: Plan A → Plan A+');
    expect(report.markdown).toContain('gone $10; new $12');
    expect(report.markdown).toContain('- It costs $12 a month.');
    expect(report.markdown).toContain('Now with \\*agents\\* included.');
    expect(report.markdown).not.toContain('We ship fast');
    expect((await analyse()).figures).toMatchObject({ changed: 0 });
  });

  it('compares with the same page again when the job runs a second time', async () => {
    site.pages.set('/a', '<p>Old words.</p>');
    site.pages.set('/b', '<p>Same.</p>');
    await analyse();
    site.pages.set('/a', '<p>New words.</p>');
    const first = await analyse('again');
    expect((await analyse('again')).markdown).toContain('- New words.');
    expect(first.figures).toMatchObject({ changed: 1 });
  });

  it('asks robots.txt once and keeps to it; a page that fails does not stop the others', async () => {
    site.pages.set('/robots.txt', (_, response) => response.end('User-agent: *\nDisallow: /b'));
    site.pages.set('/a', '<p>Open.</p>');
    site.pages.set('/b', '<p>Closed.</p>');
    const report = await analyse();
    expect(report.figures).toMatchObject({ pages: 2, failed: 1 });
    expect(report.markdown).toContain('robots.txt asks not to read');
    expect(site.asked.map(({ path }) => path)).toEqual(['/robots.txt', '/a']);
  });

  it('asks only for changes where the page says when it changed', async () => {
    site.pages.set('/a', (request, response) => {
      if (request.headers['if-none-match'] === '"v1"') response.writeHead(304).end();
      else response.writeHead(200, { etag: '"v1"', 'content-type': 'text/html' }).end('<p>Tagged.</p>');
    });
    await analyse('x1', [`${site.url}/a`]);
    expect((await analyse('x2', [`${site.url}/a`])).markdown).toContain('Unchanged');
  });

  it('takes its pages from COMPETITOR_SEEDS, fails when none can be read, and has nothing to do without any', async () => {
    site.pages.set('/a', '<p>Seeded.</p>');
    const seeded = testJob<CompetitorAnalysisData>('competitor-analysis', { allow_private: ['127.0.0.1'] });
    expect((await competitorAnalysis(seeded, tools({ COMPETITOR_SEEDS: `${site.url}/a, ${site.url}/a` }))).figures).toMatchObject({ pages: 1 });
    expect((await competitorAnalysis(seeded, tools())).summary).toBe('No pages to read.');
    await expect(analyse('gone', [`${site.url}/missing`])).rejects.toThrow(/none of 1 pages could be read.*404/);
    const inside = testJob<CompetitorAnalysisData>('competitor-analysis', { seeds: [`${site.url}/a`] });
    await expect(competitorAnalysis(inside, tools())).rejects.toThrow(/not on the public internet/);
  });
});

describe('trend scan', () => {
  const rss = (items: readonly { readonly title: string; readonly atMs: number }[]): string =>
    `<rss><channel><title>Feed</title>${items
      .map(
        ({ title, atMs }) =>
          `<item><title>${title}</title><link>https://x.test/${encodeURIComponent(title)}</link><pubDate>${new Date(atMs).toUTCString()}</pubDate></item>`,
      )
      .join('')}</channel></rss>`;
  const scan = (data: Record<string, unknown> = {}) =>
    trendScan(testJob<TrendScanData>('trend-scan', { feeds: [`${site.url}/feed`], allow_private: ['127.0.0.1'], ...data }), tools());
  const old = Array.from({ length: 60 }, (_, index) => ({ title: `Ordinary item ${index} about kettles`, atMs: wallMs - (3 + (index % 20)) * 86_400_000 }));

  it('finds the term that rose, names its sources, and leaves alone what is as common as ever', async () => {
    const fresh = Array.from({ length: 8 }, (_, index) => ({ title: `Warm agents and kettles ${index}`, atMs: wallMs - index * 3_600_000 }));
    site.pages.set('/feed', rss([...old, ...fresh]));
    const report = await scan();
    expect(report.summary).toContain('first “warm agents”');
    expect(report.markdown).toContain('Warm agents and kettles 0');
    expect(report.markdown).not.toContain('| kettles |');
    expect(report.figures).toMatchObject({ items: 68, 'new items': 68, failed: 0 });
    expect((await scan()).figures).toMatchObject({ 'new items': 0, rising: report.figures?.['rising'] });
  });

  it('says that there is nothing to compare with at first, and that nothing rises when nothing does', async () => {
    site.pages.set('/feed', rss([{ title: 'Only kettles', atMs: wallMs }]));
    expect((await scan()).markdown).toContain('nothing to compare with yet');
    site.pages.set('/feed', rss([...old, ...old.slice(0, 5).map(({ title }) => ({ title: `${title} again`, atMs: wallMs }))]));
    expect((await scan()).summary).toContain('No rising terms');
  });

  it('reports a feed that is none, and fails when all are none', async () => {
    site.pages.set('/feed', rss(old));
    site.pages.set('/page', '<html><p>Sign in</p></html>');
    expect((await scan({ feeds: [`${site.url}/feed`, `${site.url}/page`] })).figures).toMatchObject({ failed: 1 });
    await expect(scan({ feeds: [`${site.url}/page`] })).rejects.toThrow(/none of 1 feeds/);
    expect((await scan({ feeds: [] })).summary).toBe('No feeds to read.');
  });

  it('forgets what is older than the baseline', async () => {
    site.pages.set('/feed', rss(old));
    await scan();
    wallMs += 40 * 86_400_000;
    site.pages.set('/feed', rss([{ title: 'Much later', atMs: wallMs }]));
    await scan();
    expect(Object.keys(await redis.hgetall('test:trends:items'))).toHaveLength(1);
    wallMs -= 40 * 86_400_000;
  });
});
