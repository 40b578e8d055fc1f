#!/usr/bin/env node
// `npm test`: everything, on a bare machine too. Closes with one line of counts.
import { requireBuild } from './lib/build.mjs';
import { electronObstacle } from './lib/electron.mjs';
import { tool } from './lib/run.mjs';
import { requireChromium, requireNode, requirePackages, requireRedis } from './lib/setup.mjs';
import { Totals } from './lib/totals.mjs';

requireNode();
await requirePackages();
const redis = await requireRedis();
const chromium = await requireChromium();

const totals = new Totals();
await totals.step('types', [tool('typescript/bin/tsc'), '-p', 'tsconfig.json']);
await totals.step('types of contract', [tool('typescript/bin/tsc'), '-p', 'contract/tsconfig.json']);
await totals.step('types of renderer', [tool('typescript/bin/tsc'), '-p', 'renderer/tsconfig.json']);
await totals.step('lint', [tool('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '.']);
await totals.step('walls', ['scripts/walls.mjs']);
await totals.vitest('unit');
if (redis) {
  await totals.vitest('real');
  await requireBuild();
  const projects = chromium ? ['headless'] : [];
  if (!chromium) totals.add('failed');
  const obstacle = electronObstacle();
  if (obstacle === undefined) projects.push('electron');
  else totals.leaveOut('end to end, electron', obstacle);
  if (projects.length > 0) await totals.playwright(projects, ['--grep-invert=@alone']);
  // What takes the whole machine, or watches it, has it for itself.
  if (chromium) await totals.playwright(['headless'], ['--grep=@alone']);
} else totals.add('failed');
totals.finish();
