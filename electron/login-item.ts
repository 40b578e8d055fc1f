import { join } from 'node:path';
import { app } from 'electron';
import type { LoginItem } from '../contract/login-methods.js';
import { type LoginDoor, noLogin, unavailable } from '../supervisor/login-door.js';
import { Autostart, autostartFile } from './autostart.js';

/** Says that it was the login that started it: then it begins in the tray, without its window. */
export const hiddenFlag = '--hidden';

/** The part of Electron's app that is used. */
export interface LoginSettings {
  getLoginItemSettings(options?: { args?: string[] }): { readonly openAtLogin: boolean; readonly status?: string; readonly wasOpenedAtLogin?: boolean };
  setLoginItemSettings(settings: { openAtLogin: boolean; args?: string[] }): void;
}

export interface LoginFacts {
  readonly platform: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly packaged: boolean;
  readonly execPath: string;
  /** Of the app that is not packaged: what its runtime is given. */
  readonly appArgs: readonly string[];
  /** Why the place it runs from will not last; null where it will. */
  readonly place: string | null;
}

/** What started with other settings than the usual ones would start as another Roost. */
const ownSettings = ['ROOST_DATA_DIR', 'ROOST_CONFIG'] as const;

export type LoginPlan =
  | { readonly kind: 'none'; readonly reason: string }
  | { readonly kind: 'system' }
  | { readonly kind: 'file'; readonly file: string; readonly argv: readonly string[] };

/** How this app can be started at login, if at all. Pure. */
export function loginPlan({ platform, env, home, packaged, execPath, appArgs, place }: LoginFacts): LoginPlan {
  const none = (reason: string): LoginPlan => ({ kind: 'none', reason });
  if (place !== null) return none(place);
  const given = ownSettings.flatMap((name) => (env[name] === undefined || env[name] === '' ? [] : [`${name}=${env[name]}`]));
  if (platform === 'linux') {
    const file = autostartFile(env, home);
    if (file === undefined) return none('This account has no home directory.');
    const image = env['APPIMAGE'];
    if (image === undefined && execPath.includes('/.mount_')) return none('This Roost runs from a place that is gone after its end.');
    const program = packaged ? [image ?? execPath] : [execPath, ...appArgs];
    const argv = [...(given.length === 0 ? [] : ['env', ...given]), ...program, hiddenFlag];
    return argv.some((part) => /[\u0000-\u001f\u007f]/.test(part))
      ? none('Its path holds characters that no login item can hold.')
      : { kind: 'file', file, argv };
  }
  if (!packaged) return none('Only an installed Roost can start at login.');
  if (given.length > 0) return none(`This Roost was started with ${given.join(' and ')}; at login the usual one would start.`);
  return { kind: 'system' };
}

/** Windows and macOS keep login items themselves; what is set is read back. */
class SystemLogin implements LoginDoor {
  readonly #system: LoginSettings;

  constructor(system: LoginSettings) {
    this.#system = system;
  }

  async read(): Promise<LoginItem> {
    const { openAtLogin, status } = this.#system.getLoginItemSettings({ args: [hiddenFlag] });
    const waits = status === 'requires-approval';
    return {
      state: openAtLogin && !waits ? 'on' : 'off',
      reason: waits ? 'macOS waits for your consent: System Settings, General, Login Items.' : null,
      file: null,
    };
  }

  async set(open: boolean): Promise<LoginItem> {
    this.#system.setLoginItemSettings({ openAtLogin: open, args: [hiddenFlag] });
    return this.read();
  }
}

export function loginDoor(facts: LoginFacts, system: LoginSettings = app): LoginDoor {
  const plan = loginPlan(facts);
  if (plan.kind === 'file') return new Autostart(plan);
  if (plan.kind === 'system') return new SystemLogin(system);
  return { ...noLogin, read: async () => unavailable(plan.reason), set: async () => unavailable(plan.reason) };
}

/** Started by the login and not by a person who wants to see it. */
export function startsHidden(argv: readonly string[], platform: string, system: LoginSettings = app): boolean {
  return argv.includes(hiddenFlag) || (platform === 'darwin' && system.getLoginItemSettings().wasOpenedAtLogin === true);
}

/** How a runtime is given an app that is not packaged. */
export const unpackagedArgs = (entryDir: string): readonly string[] => ['-r', join(entryDir, '..', 'preload', 'before-ready.cjs'), join(entryDir, '..', '..')];
