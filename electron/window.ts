import { BrowserWindow, nativeTheme, screen, type WebPreferences } from 'electron';
import type { Clock, Timer } from '../core/base/clock.js';
import type { Log } from '../core/base/log.js';
import { addressOf } from './navigation.js';
import type { Place } from './notification-plan.js';
import { minSize, placeWindow, type WindowMemory } from './window-bounds.js';

/** The page's own ground (--bg in renderer/ui/tokens.css), so that nothing flashes before its first paint. */
const background = { light: '#f5f1ea', dark: '#161310' } as const;

/** The only place where web preferences are written. What a default of today gives is named anyway: a default may change. */
export function webPreferences(preload: string, devTools: boolean): Readonly<WebPreferences> {
  return Object.freeze({
    preload,
    devTools,
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    navigateOnDragDrop: false,
    spellcheck: false,
    safeDialogs: true,
    // The screen shows live state; a hidden window costs nothing because frames are cut to five a second per slice.
    backgroundThrottling: true,
  });
}

export interface AppWindowOptions {
  readonly preload: string;
  readonly icon: string;
  readonly devTools: boolean;
  readonly memory: WindowMemory;
  readonly remember: (change: Partial<WindowMemory>) => void;
  readonly onOpened: (window: BrowserWindow) => void;
  /** The person closed the window; it is hidden, Roost goes on. */
  readonly onHidden: () => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** The one window: made once, hidden by closing, shown again from the tray, a second launch or a notification. */
export class AppWindow {
  readonly #options: AppWindowOptions;
  #window: BrowserWindow | undefined;
  #saving: Timer | undefined;
  #ending = false;

  constructor(options: AppWindowOptions) {
    this.#options = options;
  }

  /** Opens or reveals, at a place of the screen where one is given. The page is loaded once and kept: hiding and showing is instant. */
  show(place?: Place): void {
    if (this.#ending) return;
    const window = this.#window;
    if (window === undefined || window.isDestroyed()) this.#open(place);
    else {
      if (window.isMinimized()) window.restore();
      window.show();
      window.focus();
      // Only the fragment differs, so that nothing is loaded again.
      if (place !== undefined) this.#load(window, place);
    }
  }

  get visible(): boolean {
    return this.#window !== undefined && !this.#window.isDestroyed() && this.#window.isVisible();
  }

  reload(): void {
    if (this.#window !== undefined && !this.#window.isDestroyed()) this.#window.webContents.reload();
  }

  /** Gone for good, at once. */
  end(): void {
    this.#ending = true;
    this.#saving?.cancel();
    this.#window?.destroy();
    this.#window = undefined;
  }

  #open(place?: Place): void {
    const { memory, preload, devTools, icon, clock, log } = this.#options;
    const primary = screen.getPrimaryDisplay();
    const displays = [primary, ...screen.getAllDisplays().filter((display) => display.id !== primary.id)];
    const window = new BrowserWindow({
      ...placeWindow(
        memory.bounds,
        displays.map((display) => display.workArea),
      ),
      minWidth: minSize.width,
      minHeight: minSize.height,
      title: 'Roost',
      icon,
      show: false,
      autoHideMenuBar: true,
      backgroundColor: background[nativeTheme.shouldUseDarkColors ? 'dark' : 'light'],
      webPreferences: webPreferences(preload, devTools),
    });
    this.#window = window;
    window.once('ready-to-show', () => {
      if (memory.maximized) window.maximize();
      window.show();
    });
    for (const event of ['resize', 'move', 'maximize', 'unmaximize'] as const) window.on(event as 'resize', () => this.#save(window));
    window.on('close', (event) => {
      if (this.#ending) return;
      event.preventDefault();
      window.hide();
      this.#options.onHidden();
    });
    window.webContents.on('render-process-gone', (_event, details) => {
      log.error('the screen process ended', { reason: details.reason, exitCode: details.exitCode });
      if (details.reason === 'clean-exit' || this.#ending) return;
      // Supervision is not touched by this; the pause keeps a page that crashes at once from spinning.
      clock.after(1_000, () => {
        if (!window.isDestroyed()) window.webContents.reload();
      });
    });
    window.webContents.on('preload-error', (_event, _path, error) => log.error('the preload failed', { error }));
    this.#options.onOpened(window);
    this.#load(window, place);
  }

  #load(window: BrowserWindow, place: Place | undefined): void {
    window.loadURL(addressOf(place)).catch((error: unknown) => this.#options.log.error('the screen did not load', { error }));
  }

  #save(window: BrowserWindow): void {
    this.#saving?.cancel();
    this.#saving = this.#options.clock.after(500, () => {
      if (window.isDestroyed() || window.isMinimized()) return;
      this.#options.remember({ bounds: window.getNormalBounds(), maximized: window.isMaximized() });
    });
  }
}
