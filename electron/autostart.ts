import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import type { LoginItem } from '../contract/login-methods.js';
import { writeFileAtomic } from '../core/base/atomic-file.js';
import type { LoginDoor } from '../supervisor/login-door.js';

/** Where a desktop looks for what starts with it (XDG autostart specification 0.5); undefined for an account without a home. A relative XDG_CONFIG_HOME counts as none. */
export function autostartFile(env: Readonly<Record<string, string | undefined>>, home: string): string | undefined {
  const config = env['XDG_CONFIG_HOME'];
  const base = config !== undefined && isAbsolute(config) ? config : home === '' ? undefined : join(home, '.config');
  return base === undefined ? undefined : join(base, 'autostart', 'roost.desktop');
}

/** One argument of `Exec`: quoted, then escaped as every string of a desktop entry is (Desktop Entry specification 1.5, "The Exec key"). */
const quoted = (argument: string): string => `"${argument.replace(/["`$\\]/g, '\\$&')}"`.replaceAll('\\', '\\\\').replaceAll('%', '%%');

export const execLine = (argv: readonly string[]): string => argv.map(quoted).join(' ');

export const desktopEntry = (argv: readonly string[]): string => `[Desktop Entry]
Type=Application
Version=1.5
Name=Roost
Comment=Keeps your agents warm
Exec=${execLine(argv)}
Icon=roost-desktop
Terminal=false
StartupNotify=false
X-GNOME-Autostart-enabled=true
`;

/** What the file says; a person, or the settings of the desktop, may have changed it. */
export function stateOf(text: string | undefined, argv: readonly string[]): Pick<LoginItem, 'state' | 'reason'> {
  if (text === undefined) return { state: 'off', reason: null };
  const value = (key: string): string | undefined => new RegExp(`^${key}\\s*=\\s*(.*?)\\s*$`, 'm').exec(text)?.[1];
  if (value('Hidden') === 'true' || value('X-GNOME-Autostart-enabled') === 'false')
    return { state: 'off', reason: 'It was switched off in the settings of the desktop.' };
  if (value('Exec') === execLine(argv)) return { state: 'on', reason: null };
  return { state: 'on', reason: 'Another Roost than this one starts then. Switch it off and on to start this one.' };
}

/** On Linux a file is the login item: Electron sets none there. */
export class Autostart implements LoginDoor {
  readonly #file: string;
  readonly #argv: readonly string[];

  constructor(options: { readonly file: string; readonly argv: readonly string[] }) {
    this.#file = options.file;
    this.#argv = options.argv;
  }

  async read(): Promise<LoginItem> {
    const text = await readFile(this.#file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    return { ...stateOf(text, this.#argv), file: this.#file };
  }

  async set(open: boolean): Promise<LoginItem> {
    if (open) {
      await mkdir(dirname(this.#file), { recursive: true, mode: 0o700 });
      await writeFileAtomic({ path: this.#file, text: desktopEntry(this.#argv) });
    } else await rm(this.#file, { force: true });
    return this.read();
  }
}
