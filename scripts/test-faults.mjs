#!/usr/bin/env node
// `npm run test:faults`: the fault cases against real processes with the times of the product, then a nemesis.
//   npm run test:faults -- [--seed N] [--seconds 60] [--only real|nemesis|faults|points]
import { parseArgs } from 'node:util';
import { requireBuild } from './lib/build.mjs';
import { requireChromium, requireNode, requirePackages, requireRedis, wantFaketime } from './lib/setup.mjs';
import { Totals } from './lib/totals.mjs';

/** Tests whose times are shortened in `npm test`, and others that break real programs. */
const real = [
  'supervisor/killed-writes.proc.test.ts',
  'supervisor/process',
  'supervisor/workers',
  'supervisor/services',
  'supervisor/pool/frozen-agent.proc.test.ts',
  'supervisor/pool/warm-pool.proc.test.ts',
  'supervisor/redis',
  'worker/rest.redis.test.ts',
  'supervisor/queues/recovery.redis.test.ts',
];
/** These run with the times of the product always; those of e2e/faults take too long for `npm test`. */
const faults = ['faults', 'stall', 'hold', 'handlers', 'incidents', 'services', 'sleep', 'canary', 'limits'].map((name) => `e2e/headless/${name}.spec.ts`);

const { values } = parseArgs({ options: { seed: { type: 'string' }, seconds: { type: 'string', default: '60' }, only: { type: 'string' } } });
const seed = Number(values.seed ?? process.env.NEMESIS_SEED ?? Math.floor(Math.random() * 2 ** 31));
const seconds = Number(values.seconds);
if (!Number.isInteger(seed) || seed < 0 || !(seconds >= 1 && seconds <= 86_400)) {
  console.error('usage: npm run test:faults -- [--seed N] [--seconds 1..86400] [--only real|nemesis|faults|points]');
  process.exit(2);
}
const wanted = (part) => values.only === undefined || values.only === part;

requireNode();
await requirePackages();
if (!(await requireRedis())) process.exit(1);

const totals = new Totals();
if (wanted('real')) await totals.vitest('real', real, { ...process.env, ROOST_REAL_TIMES: '1' });
if (['nemesis', 'faults', 'points'].some(wanted)) await requireBuild();
if (wanted('faults')) {
  await wantFaketime();
  await requireChromium();
  await totals.playwright(['headless'], ['--workers=1', ...faults], { ...process.env, ROOST_REAL_TIMES: '1' });
  await totals.playwright(['faults'], ['--workers=1']);
}
if (wanted('points')) await totals.playwright(['headless'], ['e2e/headless/turn-points.spec.ts'], { ...process.env, TURN_POINT_SESSIONS: '100' });
if (wanted('nemesis')) {
  console.error(`\nnemesis: seed ${seed}, ${seconds} s; the same again: npm run test:faults -- --only nemesis --seed ${seed} --seconds ${seconds}`);
  await totals.playwright(['headless'], ['e2e/headless/nemesis.spec.ts'], { ...process.env, NEMESIS_SEED: String(seed), NEMESIS_MS: String(seconds * 1_000) });
}
console.error(`\nnemesis: seed ${seed}`);
totals.finish();
