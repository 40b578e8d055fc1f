#!/usr/bin/env node
// `npm run roost -- …`: the command line. `up` is the headless host; every other command talks to a running one.
import { requireBuild } from './lib/build.mjs';
import { callerDir, root, run } from './lib/run.mjs';
import { requireNode, requirePackages, requireRedis } from './lib/setup.mjs';

const [command, ...rest] = process.argv.slice(2);
requireNode();
await requirePackages();
if (command === 'up') await requireRedis();
await requireBuild();
// `config` reads a file and needs no host; its program is apart because the command line knows only the contract.
const programs = { up: ['headless.js', rest], config: ['config-tool.js', rest], worker: ['far-worker.js', rest] };
const program = programs[command] ?? ['roost.js', process.argv.slice(2)];
process.exit(await run(process.execPath, [`${root}/dist/main/${program[0]}`, ...program[1]], { cwd: callerDir }));
