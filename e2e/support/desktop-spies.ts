import type { JSHandle } from '@playwright/test';
import type { Menu, Notification, Tray } from 'electron';
import type { Desktop } from './desktop.js';

/** Watches what the app hands to Electron; the product itself keeps its tray and its notifications to itself. */

export class NotificationSpy {
  readonly #shown: JSHandle<Notification[]>;

  private constructor(shown: JSHandle<Notification[]>) {
    this.#shown = shown;
  }

  /** From now on notifications are noted and not shown: a machine for tests has nobody to show them to. */
  static async on(desktop: Desktop): Promise<NotificationSpy> {
    return new NotificationSpy(
      await desktop.app.evaluateHandle(({ Notification: shown }) => {
        const noted: Notification[] = [];
        shown.isSupported = () => true;
        shown.prototype.show = function show(this: Notification) {
          noted.push(this);
        };
        return noted;
      }),
    );
  }

  /** "title: body" of each, oldest first. */
  texts = (): Promise<string[]> => this.#shown.evaluate((noted) => noted.map((one) => `${one.title}: ${one.body}`));

  async clickLast(): Promise<void> {
    await this.#shown.evaluate((noted) => void noted.at(-1)?.emit('click'));
  }
}

interface Drawn {
  tray: Tray | undefined;
  menu: Menu | undefined;
  tooltip: string;
}

export class TraySpy {
  readonly #drawn: JSHandle<Drawn>;

  private constructor(drawn: JSHandle<Drawn>) {
    this.#drawn = drawn;
  }

  /** Sees the tray from its next change on. */
  static async on(desktop: Desktop): Promise<TraySpy> {
    return new TraySpy(
      await desktop.app.evaluateHandle(({ Tray: trays }) => {
        const drawn: Drawn = { tray: undefined, menu: undefined, tooltip: '' };
        const { setToolTip, setContextMenu } = trays.prototype;
        trays.prototype.setToolTip = function note(this: Tray, text: string) {
          Object.assign(drawn, { tray: this, tooltip: text });
          setToolTip.call(this, text);
        };
        trays.prototype.setContextMenu = function note(this: Tray, menu: Menu | null) {
          Object.assign(drawn, { tray: this, menu: menu ?? undefined });
          setContextMenu.call(this, menu);
        };
        return drawn;
      }),
    );
  }

  tooltip = (): Promise<string> => this.#drawn.evaluate((drawn) => drawn.tooltip);
  labels = (): Promise<string[] | undefined> =>
    this.#drawn.evaluate((drawn) => drawn.menu?.items.filter((item) => item.type !== 'separator').map((item) => item.label));
  lives = (): Promise<boolean> => this.#drawn.evaluate((drawn) => drawn.tray?.isDestroyed() === false);

  /** Picks an entry of the menu by the labels on the way to it. */
  async pick(...path: readonly string[]): Promise<void> {
    await this.#drawn.evaluate((drawn, labels) => {
      let menu = drawn.menu;
      for (const [index, label] of labels.entries()) {
        const item = menu?.items.find((one) => one.label === label);
        if (item?.enabled !== true) throw new Error(`the tray offers no ${labels.join(' > ')}`);
        if (index === labels.length - 1) item.click();
        menu = item.submenu;
      }
    }, path);
  }
}
