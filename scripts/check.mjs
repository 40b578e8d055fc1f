#!/usr/bin/env node
// `npm run check`: types, lint, walls and unit tests. Under a minute.
import { run, tool } from './lib/run.mjs';
import { requireNode, requirePackages } from './lib/setup.mjs';

requireNode();
await requirePackages();
const node = process.execPath;
const steps = [
  ['types', node, [tool('typescript/bin/tsc'), '-p', 'tsconfig.json']],
  ['types of contract', node, [tool('typescript/bin/tsc'), '-p', 'contract/tsconfig.json']],
  ['types of renderer', node, [tool('typescript/bin/tsc'), '-p', 'renderer/tsconfig.json']],
  ['lint', node, [tool('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '.']],
  ['walls', node, ['scripts/walls.mjs']],
  ['unit tests', node, [tool('vitest/vitest.mjs'), 'run', '--project', 'unit']],
];
for (const [name, command, args] of steps) {
  const code = await run(command, args);
  if (code !== 0) {
    console.error(`check: ${name} failed`);
    process.exit(1);
  }
}
