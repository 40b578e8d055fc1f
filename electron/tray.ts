import { join } from 'node:path';
import { Menu, type NativeImage, nativeImage, Tray } from 'electron';
import type { Log } from '../core/base/log.js';
import type { StateStore } from '../supervisor/state/state-store.js';
import { type Tone, type TrayModel, tones, trayModel } from './tray-model.js';

export interface RoostTrayOptions {
  readonly state: StateStore;
  /** Folder of the rendered tray icons; scaled versions (`@2x`) lie beside each and are found by name. */
  readonly iconDir: string;
  readonly platform: NodeJS.Platform;
  readonly log: Log;
  readonly show: () => void;
  readonly restart: (process: string) => void;
  readonly hold: () => void;
  readonly release: () => void;
  readonly quit: () => void;
}

/** The icon beside the clock: its colour is the status, its menu reaches everything without the window. */
export class RoostTray {
  readonly #options: RoostTrayOptions;
  #tray: Tray | undefined;
  #off: (() => void) | undefined;
  #images: ReadonlyMap<Tone, NativeImage> = new Map();
  #drawn: { readonly json: string; readonly model: TrayModel } | undefined;

  constructor(options: RoostTrayOptions) {
    this.#options = options;
  }

  start(): void {
    const { iconDir, platform, state } = this.#options;
    const size = platform === 'linux' ? 24 : 16;
    this.#images = new Map(tones.map((tone) => [tone, nativeImage.createFromPath(join(iconDir, `${tone}-${size}.png`))]));
    try {
      this.#tray = new Tray(this.#images.get('starting') ?? nativeImage.createEmpty());
    } catch (error) {
      // A desktop without a tray: a second launch shows the window again.
      this.#options.log.warn('this desktop has no tray', { error });
      return;
    }
    // On macOS a click opens the menu by itself.
    if (platform !== 'darwin') this.#tray.on('click', () => this.#options.show());
    const { off } = state.subscribe((publication) => {
      if (
        publication.kind === 'change' &&
        (publication.slice === 'health' || publication.slice === 'processes' || publication.slice === 'pool' || publication.slice === 'hold')
      )
        this.#draw();
    }, 'part');
    this.#off = off;
    this.#draw();
  }

  stop(): void {
    this.#off?.();
    this.#tray?.destroy();
    this.#tray = undefined;
  }

  get model(): TrayModel | undefined {
    return this.#drawn?.model;
  }

  #draw(): void {
    const tray = this.#tray;
    if (tray === undefined || tray.isDestroyed()) return;
    const model = trayModel(this.#options.state.state);
    const json = JSON.stringify(model);
    // Setting a menu closes one that is open: only when it says something new.
    if (json === this.#drawn?.json) return;
    const before = this.#drawn?.model;
    this.#drawn = { json, model };
    const image = this.#images.get(model.tone);
    if (image !== undefined && before?.tone !== model.tone) tray.setImage(image);
    if (before?.tooltip !== model.tooltip) tray.setToolTip(model.tooltip);
    if (before?.statusLine !== model.statusLine || before.held !== model.held || JSON.stringify(before.restarts) !== JSON.stringify(model.restarts))
      tray.setContextMenu(this.#menu(model));
  }

  #menu(model: TrayModel): Menu {
    const { show, restart, hold, release, quit } = this.#options;
    return Menu.buildFromTemplate([
      { label: model.statusLine, enabled: false },
      { type: 'separator' },
      { label: 'Show Roost', click: show },
      {
        label: 'Restart',
        enabled: model.restarts.length > 0,
        submenu: model.restarts.map((one) => ({ label: one.label, enabled: one.enabled, click: () => restart(one.name) })),
      },
      { type: 'separator' },
      model.held ? { label: 'Release', click: release } : { label: 'Hold new work', click: hold },
      { type: 'separator' },
      { label: 'Quit Roost', click: quit },
    ]);
  }
}
