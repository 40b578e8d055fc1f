import { existsSync } from 'node:fs';
import { ask, root } from './run.mjs';

/** Why no Electron window can open here; undefined when one can. Looks only, fetches nothing. */
export function electronObstacle() {
  const override = process.env['ELECTRON_OVERRIDE_DIST_PATH'];
  const runtime = override !== undefined ? existsSync(override) : existsSync(`${root}/node_modules/electron/path.txt`);
  if (!runtime) return 'no Electron runtime is present (it is fetched at the first `npm start`)';
  if (process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']) return 'there is no display';
  return undefined;
}

/** The runtime's executable, fetched on first use; the reason in one line where it cannot be had. */
export function fetchElectron() {
  if (process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']) return { reason: 'there is no display' };
  const result = ask(process.execPath, ['-e', "process.stdout.write('\\n' + require('electron'))"], { timeout: 300_000 });
  const path = result.out.trim().split('\n').pop() ?? '';
  if (result.ok && existsSync(path)) return { path };
  const line =
    result.err
      .split('\n')
      .find((text) => /error|failed|ENOTFOUND|EAI_AGAIN|ECONN/i.test(text))
      ?.trim() ?? 'the download failed';
  return { reason: line.slice(0, 160) };
}
