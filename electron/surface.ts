import { type BrowserWindow, Menu } from 'electron';
import type { Clock } from '../core/base/clock.js';
import type { Log } from '../core/base/log.js';
import type { RoostCore } from '../supervisor/core.js';
import { serveClient } from '../supervisor/state/client-link.js';
import { buildAppMenu } from './menu.js';
import { Notifications } from './notifications.js';
import { openOutside } from './open-outside.js';
import type { Places } from './places.js';
import { watchPower } from './power.js';
import { RendererLink } from './renderer-link.js';
import { watchScreen } from './screen-watch.js';
import { shortcutsOf } from './shortcuts.js';
import { RoostTray } from './tray.js';
import { AppWindow } from './window.js';
import { WindowMemoryFile } from './window-memory.js';
import { WorkAwake } from './work-awake.js';

export interface SurfaceOptions {
  readonly core: RoostCore;
  readonly places: Places;
  readonly platform: NodeJS.Platform;
  readonly developing: boolean;
  readonly clock: Clock;
  readonly log: Log;
  readonly quit: (reason: string) => void;
  readonly sessionEnds: () => void;
  /** Started by a login: the tray is enough until somebody asks for the window. */
  readonly hidden: boolean;
}

/** Everything a person sees, over a core that is built and perhaps not yet started: the window shows the start. */
export class Surface {
  readonly #options: SurfaceOptions;
  readonly #memory: WindowMemoryFile;
  readonly #notifications: Notifications;
  readonly #window: AppWindow;
  readonly #tray: RoostTray;
  readonly #awake: WorkAwake;

  constructor(options: SurfaceOptions) {
    const { core, places, platform, developing, clock, log, quit } = options;
    const { restart, hold, release } = shortcutsOf(core, log);
    const show = (): void => this.show();
    this.#options = options;
    this.#memory = new WindowMemoryFile({ dataDir: places.dataDir, log });
    this.#notifications = new Notifications({
      state: core.state,
      clock,
      log,
      icon: places.windowIcon,
      enabled: () => core.settings.notifications.desktop,
      onClick: (place) => this.#window.show(place),
    });
    this.#window = new AppWindow({
      preload: places.preload,
      icon: places.windowIcon,
      devTools: developing,
      memory: this.#memory.value,
      remember: (change) => this.#memory.remember(change),
      onOpened: (opened) => this.#attach(opened),
      onHidden: () => this.#tellAboutTray(),
      clock,
      log: log.child('window'),
    });
    this.#awake = new WorkAwake({ state: core.state, platform, clock, log });
    this.#tray = new RoostTray({ state: core.state, iconDir: places.trayDir, platform, log, show, restart, hold, release, quit: () => quit('tray') });
  }

  /** Opens the window and puts everything else beside it. */
  start(): void {
    const { core, places, platform, developing, clock, log, sessionEnds, hidden } = this.#options;
    const { restartWorkers } = shortcutsOf(core, log);
    const { dataDir } = places;
    const show = (): void => this.show();
    Menu.setApplicationMenu(buildAppMenu({ platform, developing, dataDir, restartWorkers, show, openOutside: (address) => void openOutside(address, log) }));
    this.#notifications.start();
    this.#tray.start();
    watchPower({ core, log, sessionEnds });
    if (!hidden) this.#window.show();
    this.#awake.start();
    if (developing) watchScreen({ dir: places.rendererDir, clock, log, changed: () => this.#window.reload() });
  }

  /** The window stays until `end`: it shows how Roost stops. */
  stop(): void {
    this.#awake.stop();
    this.#notifications.stop();
    this.#tray.stop();
  }

  /** The window is gone for good, at once. */
  end(): void {
    this.#window.end();
  }

  show(): void {
    this.#window.show();
  }

  /** A notification, whatever the settings say of others. */
  say(title: string, body: string): void {
    this.#notifications.say(title, body);
  }

  #tellAboutTray(): void {
    if (this.#memory.value.toldAboutTray) return;
    this.#memory.remember({ toldAboutTray: true });
    this.say('Roost keeps running', 'Your agents stay warm. Open Roost again from the tray or by starting it; quit it from the menu.');
  }

  #attach(opened: BrowserWindow): void {
    const { core, clock, log, sessionEnds } = this.#options;
    const link = new RendererLink({
      contents: opened.webContents,
      serve: (transport) => serveClient(transport, core, log.child('screen'), clock),
      clock,
      log: log.child('window'),
    });
    const tell = (): void => link.shown(opened.isVisible() && !opened.isMinimized());
    for (const event of ['show', 'hide', 'minimize', 'restore'] as const) opened.on(event as 'show', tell);
    tell();
    link.start();
    // Windows tells the end of the session to windows only.
    opened.on('session-end', () => sessionEnds());
  }
}
