import type { Page } from '@playwright/test';

/** What a page must never do unnoticed: write an error, break its content policy, or speak to anyone but its own host. */
export class PageWatch {
  readonly #origin: string;
  readonly #problems: string[] = [];
  readonly #expected: RegExp[] = [];

  constructor(page: Page, origin: string) {
    this.#origin = origin;
    page.on('console', (message) => {
      if (message.type() === 'error') this.#add(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => this.#add(`uncaught: ${error.message}`));
    page.on('crash', () => this.#add('the page crashed'));
    page.on('request', (request) => this.#address('request', request.url()));
    page.on('websocket', (socket) => this.#address('socket', socket.url().replace(/^ws/, 'http')));
  }

  /** What was written before this watch began; a desktop page loads before a test can reach it. */
  async lookBack(page: Page): Promise<void> {
    for (const message of await page.consoleMessages({ filter: 'all' })) if (message.type() === 'error') this.#add(`console: ${message.text()}`);
    for (const error of await page.pageErrors({ filter: 'all' })) this.#add(`uncaught: ${error.message}`);
  }

  /** Errors that a test provokes on purpose. */
  expect(pattern: RegExp): void {
    this.#expected.push(pattern);
  }

  get problems(): readonly string[] {
    return this.#problems.filter((problem) => !this.#expected.some((pattern) => pattern.test(problem)));
  }

  #address(what: string, address: string): void {
    const { protocol, host } = new URL(address);
    if (protocol !== 'data:' && `${protocol}//${host}` !== this.#origin) this.#add(`${what} to a stranger: ${address.slice(0, 200)}`);
  }

  #add(problem: string): void {
    if (!this.#problems.includes(problem)) this.#problems.push(problem);
  }
}

/** Everything a page keeps or shows where an extension, a screenshot or another script could read it. */
export async function pageHoldings(page: Page): Promise<string> {
  const kept = await page.locator(':root').evaluate((root) => {
    const view = root.ownerDocument.defaultView;
    const typed = [...root.querySelectorAll('input, textarea')].map((field) => field.value);
    return JSON.stringify([
      root.outerHTML,
      typed,
      view.location.href,
      view.document.cookie,
      view.history.state,
      view.name,
      { ...view.localStorage },
      { ...view.sessionStorage },
    ]);
  });
  return `${kept}\n${page.url()}`;
}
