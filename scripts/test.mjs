#!/usr/bin/env node
// `npm test`: everything, on a bare machine too. Closes with one line of counts.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireBuild } from './lib/build.mjs';
import { electronObstacle } from './lib/electron.mjs';
import { run, tool } from './lib/run.mjs';
import { requireChromium, requireNode, requirePackages, requireRedis } from './lib/setup.mjs';

requireNode();
await requirePackages();
const redis = await requireRedis();
const chromium = await requireChromium();

const reports = mkdtempSync(join(tmpdir(), 'roost-test-'));
const totals = { passed: 0, failed: 0, skipped: 0 };
const node = process.execPath;

/** A step that is one check: it passes or fails as a whole. */
async function step(name, args) {
  console.error(`\n── ${name}`);
  const code = await run(node, args);
  totals[code === 0 ? 'passed' : 'failed']++;
}

async function vitest(project) {
  console.error(`\n── ${project} tests`);
  const file = join(reports, `${project}.json`);
  const code = await run(node, [tool('vitest/vitest.mjs'), 'run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`]);
  count(file, code, (report) => ({ passed: report.numPassedTests, failed: report.numFailedTests, skipped: report.numPendingTests + report.numTodoTests }));
}

async function playwright(project) {
  console.error(`\n── end to end, ${project}`);
  const file = join(reports, `e2e-${project}.json`);
  const env = { ...process.env, PLAYWRIGHT_JSON_OUTPUT_NAME: file };
  const code = await run(node, [tool('@playwright/test/cli.js'), 'test', '--project', project, '--reporter=list,json'], { env });
  count(file, code, ({ stats }) => ({ passed: stats.expected + stats.flaky, failed: stats.unexpected, skipped: stats.skipped }));
}

/** Adds a report's counts; a run that failed without a failed test (a crash, no report) counts as one failure. */
function count(file, code, read) {
  let counts = { passed: 0, failed: 0, skipped: 0 };
  try {
    counts = read(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    counts.failed = 1;
  }
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  for (const key of Object.keys(totals)) totals[key] += counts[key];
}

await step('types', [tool('typescript/bin/tsc'), '-p', 'tsconfig.json']);
await step('types of contract', [tool('typescript/bin/tsc'), '-p', 'contract/tsconfig.json']);
await step('types of renderer', [tool('typescript/bin/tsc'), '-p', 'renderer/tsconfig.json']);
await step('lint', [tool('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '.']);
await step('walls', ['scripts/walls.mjs']);
await vitest('unit');
if (redis) {
  await vitest('real');
  await requireBuild();
  if (chromium) await playwright('headless');
  else totals.failed++;
  const obstacle = electronObstacle();
  if (obstacle === undefined) await playwright('electron');
  else {
    console.error(`\n── end to end, electron: skipped, ${obstacle}`);
    totals.skipped++;
  }
} else totals.failed++;

rmSync(reports, { recursive: true, force: true });
console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exit(totals.failed === 0 ? 0 : 1);
