#!/usr/bin/env node
// `npm start`: everything a bare machine needs, then the desktop app; without an Electron runtime the same screen headless.
import { requireBuild } from './lib/build.mjs';
import { fetchElectron } from './lib/electron.mjs';
import { root, run, say } from './lib/run.mjs';
import { requireNode, requirePackages, requireRedis } from './lib/setup.mjs';

requireNode();
await requirePackages();
await requireRedis();
await requireBuild();

const args = process.argv.slice(2);
const electron = fetchElectron();
if (electron.path !== undefined) {
  // The scheme of the screen must be registered before Electron says that it is ready.
  process.exit(await run(electron.path, ['-r', `${root}/dist/preload/before-ready.cjs`, root, ...args]));
}
say(`no Electron runtime can be had (${electron.reason}); starting the headless host with the same screen in the browser.`);
process.exit(await run(process.execPath, [`${root}/dist/main/headless.js`, '--open', ...args]));
