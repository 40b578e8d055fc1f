#!/usr/bin/env node
// `npm run bench:bandit [-- --quick]`: the coordinator against published figures on the reference problem, its verdicts
// and intervals by simulation, and what a decision costs. Writes bench/results/bandit.json and a table.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { root } from '../lib/children.mjs';
import { buildEntry } from './core.mjs';
import { own, published } from './published.mjs';
import { speed } from './speed.mjs';
import { marks, summary } from './world.mjs';

const quick = process.argv.includes('--quick');
const seedsOf = (wanted = 200) => (quick ? Math.min(wanted, 20) : wanted);
const horizon = 10_000;

const url = await buildEntry('core/coordinator/index.ts');
const threads = Array.from(
  { length: Math.max(1, Math.min(4, cpus().length)) },
  () => new Worker(new URL('./thread.mjs', import.meta.url), { workerData: { url } }),
);

/** Every task once, by whichever thread is free; results in the order of the tasks. */
function work(tasks) {
  const results = new Array(tasks.length);
  let [next, done] = [0, 0];
  return new Promise((resolve, reject) => {
    const feed = (thread) => {
      if (next < tasks.length) thread.postMessage({ ...tasks[next], id: next++ });
    };
    for (const thread of threads) {
      thread.removeAllListeners('message');
      thread.removeAllListeners('error');
      thread.on('error', reject);
      thread.on('message', ({ id, result }) => {
        results[id] = result;
        if (++done === tasks.length) resolve(results);
        else feed(thread);
      });
      feed(thread);
    }
  });
}

const regretOf = async ({ task, seeds }) =>
  summary(await work(Array.from({ length: seedsOf(seeds) }, (_, seed) => ({ kind: 'regret', name: task, seed, horizon }))));
const shown = (found) => found.map(({ mean }) => mean.toFixed(1)).join(' / ');

const lines = [];
const say = (line) => {
  lines.push(line);
  console.log(line);
};
const results = { at: new Date().toISOString(), quick, regret: {}, checks: [] };
const check = (what, value, met) => {
  results.checks.push({ what, value, met });
  say(`| ${what} | ${value} | ${met ? 'yes' : '**no**'} |`);
};

say(`| policy | published | ours | within three joint standard errors | seeds |`);
say(`|---|---|---|---|---:|`);
for (const row of published) {
  const found = await regretOf(row);
  // The published figures are means of 200 seeds and carry the same spread as ours.
  const within = found.map(({ mean, error }, i) => {
    const theirs = error * Math.sqrt(seedsOf(row.seeds) / 200);
    return Math.abs(mean - row.at[i]) <= 3 * Math.hypot(error, theirs) + 0.05;
  });
  results.regret[row.task] = { marks, found, published: row.at, within };
  say(
    `| ${row.label} | ${row.at.map((value) => value.toFixed(1)).join(' / ')} | ${shown(found)} | ${within.every(Boolean) ? 'yes' : `**not at ${marks.filter((_, i) => !within[i]).join(', ')}**`} | ${seedsOf(row.seeds)} |`,
  );
}
say('');
say('| measured | value | as wanted |');
say('|---|---|---|');
for (const row of own) {
  const found = await regretOf(row);
  results.regret[row.task] = { marks, found, most: row.most };
  const last = found.at(-1);
  if (row.most === undefined) say(`| ${row.label}: regret at ${marks.join(' / ')} | ${shown(found)} | |`);
  else check(`${row.label}: at most ${row.most} at 10,000`, `${shown(found)} (± ${last.error.toFixed(1)})`, last.mean <= row.most);
}

const late = await regretOf({ task: 'sampled-delay-npc3' });
const lateCost = late.at(-1).mean - results.regret['sampled-npc3'].found.at(-1).mean;
check('what rewards 300 pulls late cost Thompson Beta(1,1) on npc3: at most 42 more at 10,000', `${shown(late)}, ${lateCost.toFixed(1)} more`, lateCost <= 42);

const runs = quick ? 40 : 400;
const equal = await work(Array.from({ length: runs }, (_, seed) => ({ kind: 'verdict', p: [0.6, 0.6, 0.6], seed: seed + 5_000, horizon: 5_000 })));
const percent = (count, of) => `${((100 * count) / of).toFixed(1)} % of ${of} runs`;
const alarms = equal.filter((run) => run.flagged !== null).length;
check('A/A: an arm condemned among equals in 5,000 turns, looked at every 50 (at most 5 %)', percent(alarms, runs), alarms / runs <= 0.05);
say(`| the same by a plain z-test | ${percent(equal.filter((run) => run.zTest).length, runs)} | |`);
const missed = equal.filter((run) => !run.covered).length;
check('confidence sequence ever off the true mean (at most 5 %)', percent(missed, runs), missed / runs <= 0.05);
const missedGaps = equal.filter((run) => !run.gapHeld).length;
check('interval of the gap ever off the truth, any arm (at most 5 %)', percent(missedGaps, runs), missedGaps / runs <= 0.05);
const unequal = await work(Array.from({ length: Math.ceil(runs / 4) }, (_, seed) => ({ kind: 'verdict', p: npc(), seed: seed + 9_000, horizon: 10_000 })));
const flagged = unequal.map((run) => run.flagged ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
say(`| an arm at 0.5 beside 0.7 and 0.6 condemned, median turn | ${flagged[Math.floor(flagged.length / 2)]} | |`);

const asked = await work(Array.from({ length: quick ? 20 : 200 }, (_, seed) => ({ kind: 'whatif', seed: seed + 700, size: 2_000 })));
const told = asked.filter((one) => one.held !== null);
const held = told.filter((one) => one.held).length;
check(
  'what-if of a policy on its own log: change exactly 0',
  asked.every((one) => one.change === 0) ? 'yes' : 'no',
  asked.every((one) => one.change === 0),
);
check('what-if of uniform draws: interval holds the truth (at least 95 %)', percent(held, told.length), held / told.length >= 0.95);
const weights = asked.reduce((sum, one) => sum + one.weight, 0) / asked.length;
check('mean weight of another target (about 1)', weights.toFixed(3), Math.abs(weights - 1) < 0.05);
await Promise.all(threads.map((thread) => thread.terminate()));

await speed({ url, check, say, quick });
mkdirSync(join(root, 'bench', 'results'), { recursive: true });
writeFileSync(join(root, 'bench', 'results', 'bandit.json'), `${JSON.stringify(results, null, 2)}\n`);
process.exit(results.checks.every((one) => one.met) ? 0 : 1);

function npc() {
  return [0.7, 0.6, 0.5];
}
