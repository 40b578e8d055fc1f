#!/usr/bin/env node
// Writes assets/roost.schema.json from the config's own schema; a test says when it is out of date.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { requireBuild } from './lib/build.mjs';
import { root } from './lib/run.mjs';

await requireBuild();
const text = execFileSync(process.execPath, [`${root}/dist/main/config-tool.js`, 'schema'], { encoding: 'utf8' });
writeFileSync(`${root}/assets/roost.schema.json`, text);
