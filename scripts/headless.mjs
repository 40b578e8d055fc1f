#!/usr/bin/env node
// `npm run headless -- [flags]`: the headless host, with what a bare machine needs.
import { requireBuild } from './lib/build.mjs';
import { callerDir, root, run } from './lib/run.mjs';
import { requireNode, requirePackages, requireRedis } from './lib/setup.mjs';

requireNode();
await requirePackages();
await requireRedis();
await requireBuild();
process.exit(await run(process.execPath, [`${root}/dist/main/headless.js`, ...process.argv.slice(2)], { cwd: callerDir }));
