#!/usr/bin/env node
// `npm run bench [-- NAME…]`: each benchmark in a process of its own, against a bare baseline in the same run.
import { readdirSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { join } from 'node:path';
import { requireBuild } from './lib/build.mjs';
import { root, run, say } from './lib/run.mjs';
import { findRedis, requireNode, requirePackages, requireRedis } from './lib/setup.mjs';

const folder = join(root, 'bench');
const known = readdirSync(folder)
  .filter((name) => name.endsWith('.bench.mjs'))
  .map((name) => name.slice(0, -'.bench.mjs'.length));
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  say(`there is no benchmark ${unknown.join(', ')}; known are ${known.join(', ')}.`);
  process.exit(2);
}
if (process.platform === 'win32') {
  say('the benchmarks use Unix sockets and ps: run them on Linux, macOS or in WSL.');
  process.exit(1);
}

requireNode();
await requirePackages();
await requireRedis();
if (findRedis() === undefined) {
  say('the benchmarks start redis-server themselves; an external Redis will not do.');
  process.exit(1);
}
await requireBuild();

const startedMs = performance.now();
const [load = 0] = loadavg();
if (load > 0.5) say(`the machine is not quiet (load ${load.toFixed(2)}): compare ratios, not milliseconds.`);
console.log(
  `${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, ${process.platform} ${release()}, Node ${process.versions.node}, load before ${load.toFixed(2)}\n`,
);
const failed = [];
for (const name of asked.length > 0 ? asked : known) {
  say(`bench ${name}…`);
  const code = await run(process.execPath, [join(folder, `${name}.bench.mjs`)]);
  if (code === 130 || code === 143) process.exit(code);
  if (code !== 0) failed.push(name);
}
say(`done in ${Math.round((performance.now() - startedMs) / 1_000)} s; the numbers are in bench/results/.`);
if (failed.length > 0) say(`these did not end well: ${failed.join(', ')}.`);
process.exit(failed.length > 0 ? 1 : 0);
