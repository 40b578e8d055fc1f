#!/usr/bin/env node
// `npm run dev` / `npm run dev:headless`: rebuilds on change and restarts; the desktop window reloads the screen by itself.
import { spawn } from 'node:child_process';
import { existsSync, watch } from 'node:fs';
import { fetchElectron } from './lib/electron.mjs';
import { root, say, tool } from './lib/run.mjs';
import { requireNode, requirePackages, requireRedis } from './lib/setup.mjs';

requireNode();
await requirePackages();
await requireRedis();
const vite = tool('electron-vite/bin/electron-vite.js');
const headless = process.argv[2] === 'headless';
const electron = headless ? undefined : fetchElectron();
if (electron?.reason !== undefined) {
  say(`no Electron runtime can be had (${electron.reason}); try npm run dev:headless.`);
  process.exit(1);
}
const program = headless ? [process.execPath, `${root}/dist/main/headless.js`] : [electron.path, '-r', `${root}/dist/preload/before-ready.cjs`, root];

const builder = spawn(process.execPath, [vite, 'build', '--watch', '--logLevel', 'warn'], { cwd: root, stdio: ['ignore', 2, 2] });
let host;
let timer;
const restart = async () => {
  if (host !== undefined) {
    const gone = new Promise((resolve) => host.once('exit', resolve));
    host.kill('SIGTERM');
    await gone;
    say('sources changed; host restarted');
  }
  host = spawn(program[0], [...program.slice(1), ...process.argv.slice(3)], { cwd: root, stdio: 'inherit' });
};
const waiting = setInterval(() => {
  if (!existsSync(`${root}/dist/main/headless.js`) || !existsSync(`${root}/dist/preload/preload.cjs`) || !existsSync(`${root}/dist/renderer/index.html`))
    return;
  clearInterval(waiting);
  void restart();
  watch(`${root}/dist/main`, () => {
    clearTimeout(timer);
    timer = setTimeout(() => void restart(), 500);
  });
}, 200);
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    builder.kill();
    if (host === undefined) process.exit(0);
    host.once('exit', (code) => process.exit(code ?? 0));
    host.kill(signal);
  });
}
