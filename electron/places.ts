import { join, resolve } from 'node:path';
import { defaultDataDir } from '../contract/data-dir.js';

/** Where the desktop app finds its parts. Built files lie together in `dist`, inside app.asar when packaged. */
export interface Places {
  readonly dataDir: string;
  /** Given by the operator; without it `<data-dir>/roost.yaml` is used when it exists. */
  readonly configFile: string | undefined;
  /** Chromium's own files, kept apart from ours. */
  readonly browserDir: string;
  readonly entryDir: string;
  readonly rendererDir: string;
  readonly preload: string;
  readonly resourcesDir: string;
  readonly trayDir: string;
  readonly windowIcon: string;
}

export interface PlacesInput {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  /** Empty when the account has none. */
  readonly home: string;
  /** `app.getPath('userData')`: for an account without a home. */
  readonly userDataDir: string;
  /** Folder of the running bundle, `…/dist/main`. */
  readonly entryDir: string;
  readonly packaged: boolean;
  /** `process.resourcesPath`. */
  readonly resourcesPath: string;
}

export function findPlaces(input: PlacesInput): Places {
  // The same rule as the headless host and the command line, so that they find what this app runs.
  const dataDir = resolve(defaultDataDir(input) ?? input.userDataDir);
  const configFile = input.env['ROOST_CONFIG']?.trim();
  const dist = join(input.entryDir, '..');
  const resourcesDir = input.packaged ? input.resourcesPath : join(dist, '..', 'assets');
  return {
    dataDir,
    configFile: configFile === undefined || configFile === '' ? undefined : resolve(configFile),
    browserDir: join(dataDir, 'browser'),
    entryDir: input.entryDir,
    rendererDir: join(dist, 'renderer'),
    preload: join(dist, 'preload', 'preload.cjs'),
    resourcesDir,
    trayDir: join(resourcesDir, 'tray'),
    windowIcon: join(resourcesDir, 'icons', '256x256.png'),
  };
}
