import { RoostError } from '../../../contract/errors.js';
import { type Clock, sleep } from '../../../core/base/clock.js';
import { boundedFetch, type WebAnswer, webUrl } from './bounded-fetch.js';
import { everythingAllowed, isAllowed, nothingAllowed, parseRobots, type RobotsRules } from './robots.js';

export interface PoliteReaderOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly allowPrivate: readonly string[];
}

const userAgent = 'Roost';
const usualGapMs = 1_000;
const longestGapMs = 10_000;

/** Reads pages one after the other: asks robots.txt of each site first, once, and leaves a gap between two requests to the same one. */
export class PoliteReader {
  readonly #options: PoliteReaderOptions;
  readonly #robots = new Map<string, Promise<RobotsRules>>();
  readonly #lastMs = new Map<string, number>();

  constructor(options: PoliteReaderOptions) {
    this.#options = options;
  }

  /** Throws when robots.txt forbids it, or anything but 2xx and 304 comes. `headers` may ask for changes only. */
  async read(address: string, headers: Readonly<Record<string, string>> = {}): Promise<WebAnswer> {
    const url = webUrl(address);
    const rules = await this.#rulesOf(url);
    if (!isAllowed(rules, `${url.pathname}${url.search}`)) throw new RoostError('forbidden', `${url.origin}/robots.txt asks not to read this page`);
    await this.#gap(url.origin, Math.min(longestGapMs, rules.crawlDelayMs ?? usualGapMs));
    const answer = await this.#fetch(url.href, headers);
    if (answer.status !== 304 && (answer.status < 200 || answer.status > 299)) throw new RoostError('agent-failed', `the page answers ${answer.status}`);
    return answer;
  }

  #rulesOf(url: URL): Promise<RobotsRules> {
    const known = this.#robots.get(url.origin);
    if (known !== undefined) return known;
    const asked = this.#fetch(`${url.origin}/robots.txt`, {}).then(({ status, body }) => {
      this.#lastMs.set(url.origin, this.#options.clock.monoMs());
      if (status >= 200 && status < 300) return parseRobots(body.toString('utf8'), userAgent);
      // RFC 9309, 2.3.1: what is not there forbids nothing, a server in trouble forbids everything.
      return status >= 500 ? nothingAllowed : everythingAllowed;
    });
    this.#robots.set(url.origin, asked);
    return asked;
  }

  async #gap(origin: string, gapMs: number): Promise<void> {
    const { clock, signal } = this.#options;
    const last = this.#lastMs.get(origin);
    const waitMs = last === undefined ? 0 : last + gapMs - clock.monoMs();
    if (waitMs > 0) await sleep(clock, waitMs, signal);
    this.#lastMs.set(origin, clock.monoMs());
  }

  #fetch(url: string, headers: Readonly<Record<string, string>>): Promise<WebAnswer> {
    const { clock, signal, timeoutMs, maxBytes, allowPrivate } = this.#options;
    return boundedFetch({ url, headers, timeoutMs, maxBytes, maxRedirects: 5, allowPrivate, clock, signal });
  }
}

/** The text of an answer in the character set it names; UTF-8 where it names none or an unknown one. */
export function textOf(answer: WebAnswer): string {
  const inHeader = /charset=["']?([\w-]+)/i.exec(answer.headers['content-type'] ?? '')?.[1];
  const inPage = /<meta[^>]{0,200}charset=["']?([\w-]+)|<\?xml[^>]{0,100}encoding=["']([\w-]+)/i.exec(answer.body.subarray(0, 2_048).toString('latin1'));
  const name = inHeader ?? inPage?.[1] ?? inPage?.[2] ?? 'utf-8';
  try {
    return new TextDecoder(name).decode(answer.body);
  } catch {
    return answer.body.toString('utf8');
  }
}
