import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { HttpData } from '../../contract/handler-data.js';
import { type Clock, systemClock } from '../../core/base/clock.js';
import { http, isExpected, retryDelayMs } from './http.js';
import { openSite, type TestSite, testJob, testTools } from './test-handler.js';

let site: TestSite;
beforeAll(async () => {
  site = await openSite();
});
afterEach(() => {
  site.pages.clear();
  site.asked.splice(0);
});
afterAll(() => site.close());

/** Waits between tries pass at once; deadlines stay real. */
const waits: number[] = [];
const clock: Clock = {
  ...systemClock,
  after: (delayMs, task) => {
    if (delayMs < 29_000) waits.push(delayMs);
    return systemClock.after(delayMs < 29_000 ? 0 : delayMs, task);
  },
};
const send = (data: Record<string, unknown>) =>
  http(testJob<HttpData>('http', { ...data, url: `${site.url}${String(data['url'])}` }), testTools({ env: { KEY: 'Bearer s3cret' }, clock }));
const failing = (times: number, status: number, headers: Record<string, string> = {}) => {
  let left = times;
  return (_: unknown, response: import('node:http').ServerResponse): void => {
    if (left-- > 0) response.writeHead(status, headers).end();
    else response.end('fine');
  };
};

describe('the http handler', () => {
  it('sends method, headers and a body, and secrets by the name of a variable', async () => {
    site.pages.set('/in', 'ok');
    const result = await send({ url: '/in', method: 'POST', body: { a: 1 }, headers: { 'x-a': 'b' }, secret_headers: { authorization: 'KEY' } });
    expect(result).toMatchObject({ status: 200, tries: 1, body: 'ok' });
    expect(site.asked[0]).toMatchObject({
      method: 'POST',
      body: '{"a":1}',
      headers: { authorization: 'Bearer s3cret', 'x-a': 'b', 'content-type': 'application/json' },
    });
    expect(JSON.stringify(result)).not.toContain('s3cret');
    await expect(send({ url: '/in', secret_headers: { a: 'NOT_THERE' } })).rejects.toThrow(/NOT_THERE is not set/);
  });

  it('repeats what may be repeated, as long as the other side asks for', async () => {
    waits.splice(0);
    site.pages.set('/', failing(2, 503, { 'retry-after': '7' }));
    await expect(send({ url: '/', method: 'PUT' })).resolves.toMatchObject({ status: 200, tries: 3 });
    expect(waits.filter((ms) => ms === 7_000)).toHaveLength(2);
  });

  it('does not repeat a POST that may have been carried out', async () => {
    site.pages.set('/', failing(1, 503));
    await expect(send({ url: '/', method: 'POST' })).rejects.toThrow(/answered 503/);
    site.pages.set('/cut', (_, response) => response.destroy());
    await expect(send({ url: '/cut', method: 'POST' })).rejects.toThrow(/may have been carried out/);
    expect(site.asked).toHaveLength(2);
  });

  it('does not repeat what will not get better', async () => {
    await expect(send({ url: '/missing' })).rejects.toThrow(/answered 404 after 1 tries; wanted any 2xx/);
    await expect(send({ url: '/missing', expect: [200, 404] })).resolves.toMatchObject({ status: 404 });
  });

  it('gives up after its tries', async () => {
    site.pages.set('/', failing(99, 500));
    await expect(send({ url: '/', retries: 2 })).rejects.toThrow(/500 after 3 tries/);
    expect(site.asked).toHaveLength(3);
  });
});

describe('its pure parts', () => {
  it.each([
    [200, undefined, true],
    [204, undefined, true],
    [301, undefined, false],
    [201, 200, false],
    [404, [200, 404], true],
  ] as const)('%i with %j expected is %s', (status, expected, answer) => expect(isExpected(status, expected as HttpData['expect'])).toBe(answer));
  it('waits longer each time, as asked, and never longer than a minute', () => {
    expect([1, 2, 3].map((tries) => retryDelayMs(tries, undefined, 0, () => 0))).toEqual([1_000, 2_000, 4_000]);
    expect(retryDelayMs(1, '5', 0, () => 0)).toBe(5_000);
    expect(retryDelayMs(1, new Date(10_000).toUTCString(), 4_000, () => 0)).toBe(6_000);
    expect(retryDelayMs(1, '99999', 0, () => 0)).toBe(60_000);
    expect(retryDelayMs(1, 'rubbish', 0, () => 0)).toBe(1_000);
    expect(retryDelayMs(30, undefined, 0, () => 1)).toBe(60_000);
  });
});
