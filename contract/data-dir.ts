/** Where Roost keeps its files when nobody says otherwise: pure, so that host and command line cannot disagree. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  /** The home directory; empty when the account has none. */
  readonly home: string;
}

const filled = (value: string | undefined): string | undefined => (value === undefined || value.trim() === '' ? undefined : value);

/** Undefined when neither a variable nor a home directory says where: then the person has to. */
export function defaultDataDir({ env, platform, home }: Surroundings): string | undefined {
  const wished = filled(env['ROOST_DATA_DIR']);
  if (wished !== undefined) return wished;
  const base = filled(home);
  if (platform === 'win32') {
    const local = filled(env['LOCALAPPDATA']) ?? (base === undefined ? undefined : `${base}\\AppData\\Local`);
    return local === undefined ? undefined : `${local}\\Roost`;
  }
  if (platform === 'darwin') return base === undefined ? undefined : `${base}/Library/Application Support/Roost`;
  // The XDG rules say to ignore a relative path.
  const data = filled(env['XDG_DATA_HOME']);
  const share = data?.startsWith('/') === true ? data : base === undefined ? undefined : `${base}/.local/share`;
  return share === undefined ? undefined : `${share}/roost`;
}
