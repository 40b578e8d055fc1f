import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root, run, say, tool } from './run.mjs';

const inputs = [
  'contract',
  'core',
  'supervisor',
  'server',
  'cli',
  'electron',
  'worker',
  'renderer',
  'assets',
  'docs/runbooks',
  'package.json',
  'package-lock.json',
  'electron.vite.config.ts',
];

function newest(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(path).reduce((latest, name) => Math.max(latest, newest(join(path, name))), stat.mtimeMs);
}

/** Builds both doors when any source is newer than the last build. */
export async function requireBuild() {
  const mark = `${root}/dist/main/headless.js`;
  const builtAt = existsSync(mark) ? statSync(mark).mtimeMs : 0;
  if (builtAt > inputs.reduce((latest, name) => Math.max(latest, newest(join(root, name))), 0)) return;
  say('building…');
  const code = await run(process.execPath, [tool('electron-vite/bin/electron-vite.js'), 'build', '--logLevel', 'warn'], { stdio: ['ignore', 2, 2] });
  if (code !== 0) {
    say('the build failed; see the lines above.');
    process.exit(1);
  }
}
