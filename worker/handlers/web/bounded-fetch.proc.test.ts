import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../core/base/clock.js';
import { openSite, type TestSite } from '../test-handler.js';
import { boundedFetch, type WebRequest } from './bounded-fetch.js';

let site: TestSite;
let other: TestSite;
beforeAll(async () => {
  site = await openSite();
  other = await openSite();
});
afterEach(() => {
  for (const one of [site, other]) {
    one.pages.clear();
    one.asked.splice(0);
  }
});
afterAll(() => Promise.all([site.close(), other.close()]));

const get = (path: string, more: Partial<WebRequest> = {}) =>
  boundedFetch({
    url: `${site.url}${path}`,
    timeoutMs: 10_000,
    maxBytes: 10_000,
    maxRedirects: 3,
    allowPrivate: ['*'],
    clock: systemClock,
    signal: new AbortController().signal,
    ...more,
  });

describe('boundedFetch', () => {
  it('reads a page, also a compressed one', async () => {
    site.pages.set('/', (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('packed')));
    const answer = await get('/');
    expect(answer).toMatchObject({ status: 200, redirects: 0, truncated: false });
    expect(answer.body.toString()).toBe('packed');
  });

  it('refuses a private address unless its host is named, by number and by name', async () => {
    site.pages.set('/', 'inside');
    await expect(get('/', { allowPrivate: [] })).rejects.toMatchObject({ code: 'forbidden', sent: false });
    const byName = site.url.replace('127.0.0.1', 'localhost');
    await expect(get('/', { url: byName, allowPrivate: ['127.0.0.1'] })).rejects.toMatchObject({ code: 'forbidden' });
    expect(site.asked).toEqual([]);
    await expect(get('/', { url: byName, allowPrivate: ['localhost'] })).resolves.toMatchObject({ status: 200 });
  });

  it('judges again where a redirect leads', async () => {
    site.pages.set('/', (_, response) => response.writeHead(302, { location: other.url.replace('127.0.0.1', '127.0.0.2') }).end());
    await expect(get('/', { allowPrivate: ['127.0.0.1'] })).rejects.toMatchObject({ code: 'forbidden' });
    site.pages.set('/', (_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end());
    await expect(get('/')).rejects.toThrow(/not http or https/);
  });

  it('keeps secrets from another origin', async () => {
    site.pages.set('/', (_, response) => response.writeHead(307, { location: `${other.url}/there` }).end());
    other.pages.set('/there', 'ok');
    await get('/', { headers: { authorization: 'Bearer s', 'x-key': 's', 'x-open': 'o' }, secretHeaders: ['X-Key'] });
    expect(site.asked[0]?.headers).toMatchObject({ authorization: 'Bearer s', 'x-key': 's' });
    expect(other.asked[0]?.headers).toMatchObject({ 'x-open': 'o' });
    expect(JSON.stringify(other.asked[0]?.headers)).not.toMatch(/Bearer s|x-key/);
  });

  it('ends a circle of redirects', async () => {
    site.pages.set('/', (_, response) => response.writeHead(302, { location: '/' }).end());
    await expect(get('/')).rejects.toThrow(/redirects more than 3 times/);
    expect(site.asked).toHaveLength(4);
  });

  it('stops at the size, counted after decompression, or cuts where asked to', async () => {
    site.pages.set('/', (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(5_000_000))));
    await expect(get('/')).rejects.toMatchObject({ code: 'too-large' });
    await expect(get('/', { cut: true })).resolves.toMatchObject({ truncated: true, body: { length: 10_000 } });
  });

  it('ends at its deadline also when bytes keep dripping, and when the job is stopped', async () => {
    site.pages.set('/', (_, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(drip));
    });
    await expect(get('/', { timeoutMs: 1_500 })).rejects.toMatchObject({ code: 'timeout', sent: true });
    const abort = new AbortController();
    const outcome = expect(get('/', { signal: abort.signal })).rejects.toMatchObject({ code: 'cancelled' });
    abort.abort();
    await outcome;
  });

  it('tells an answer that was cut off from a whole one', async () => {
    site.pages.set('/', (_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    });
    await expect(get('/')).rejects.toMatchObject({ code: 'internal' });
  });

  it('says of a refused connection that nothing was sent', async () => {
    const closed = await openSite();
    await closed.close();
    await expect(get('/', { url: closed.url })).rejects.toMatchObject({ sent: false });
  });

  it.each(['ftp://x.test/', 'javascript:alert(1)', 'http://user:pw@x.test/', 'nonsense', 'http://'])('refuses %s', async (url) => {
    await expect(get('/', { url })).rejects.toMatchObject({ code: 'bad-request' });
  });
});
