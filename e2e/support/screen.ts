import { expect, type Locator, type Page } from '@playwright/test';
import { until } from './processes.js';

/** The screen in the words a person would use for it. Everything is found by role and name: what is not, a screen reader misses too. */
export class Screen {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** The pill in the header with the sentence beside it. */
  get status(): Locator {
    return this.page.getByRole('banner').getByRole('status');
  }

  get gauge(): Locator {
    return this.page.getByRole('meter', { name: 'Warm agents' });
  }

  card(title: string): Locator {
    return this.page.getByRole('region', { name: title, exact: true });
  }

  /** The table row of one process. */
  row(name: string): Locator {
    return this.page.getByRole('row').filter({ has: this.page.getByRole('rowheader', { name: new RegExp(`^${name}(?![\\w.-])`) }) });
  }

  /** The answers of the open session, oldest first. */
  get answers(): Locator {
    return this.page.getByRole('list', { name: 'Conversation' }).getByRole('article');
  }

  async visit(label: 'Overview' | 'Processes' | 'Sessions' | 'Coordinator' | 'Incidents' | 'Logs' | 'Settings'): Promise<void> {
    const link = this.page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: new RegExp(`^${label}`) });
    await link.click();
    await expect(link).toHaveAttribute('aria-current', 'page');
    await expect(this.page.getByRole('heading', { level: 1, name: label })).toBeAttached();
  }

  async healthy(): Promise<void> {
    await expect(this.status).toContainText('Healthy', { timeout: 120_000 });
  }

  async startSession(user: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Start session' }).first().click();
    const dialog = this.page.getByRole('dialog', { name: 'Start session' });
    await dialog.getByLabel('User').fill(user);
    await dialog.getByRole('button', { name: 'Start session' }).click();
    await expect(dialog).toBeHidden();
    await expect(this.page.getByRole('heading', { level: 2, name: user })).toBeVisible();
  }

  async ask(text: string): Promise<void> {
    const box = this.page.getByLabel('Your request');
    await box.fill(text);
    await expect(this.page.getByRole('button', { name: 'Send' })).toBeEnabled();
    await box.press('Enter');
    await expect(box).toHaveValue('');
  }

  /** Process id as the table shows it. */
  async pidOf(name: string): Promise<number> {
    const cell = this.row(name).getByRole('cell').nth(1);
    // Told by the look that found it: a second look may fall into a restart.
    return until(`the pid of ${name}`, async () => Number(/^\d+$/.exec((await cell.textContent({ timeout: 5_000 })) ?? '')?.[0]) || undefined);
  }

  /**
   * Notes every text that an element shows from now on, so that a state is seen however short it was.
   * The function it returns gives them with the milliseconds since this call.
   */
  async record(target: Locator): Promise<() => Promise<readonly { readonly text: string; readonly afterMs: number }[]>> {
    await target.evaluate((element) => {
      const view = element.ownerDocument.defaultView;
      const startedMs = view.performance.now();
      const seen: { text: string; afterMs: number }[] = [];
      const look = (): void => {
        const text = element.textContent.replace(/\s+/g, ' ').trim();
        if (text !== seen.at(-1)?.text) seen.push({ text, afterMs: view.performance.now() - startedMs });
      };
      look();
      new view.MutationObserver(look).observe(element, { subtree: true, childList: true, characterData: true, attributes: true });
      element.recordedTexts = seen;
    });
    return () => target.evaluate((element) => element.recordedTexts);
  }
}
