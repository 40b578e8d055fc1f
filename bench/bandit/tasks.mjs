import { chance, cl10, npc3, play, u } from './world.mjs';

/** What is simulated, seed by seed: pure functions of the built core, so that any number of threads may share the seeds. */

const nowhere = { intent: null };
const armsOf = (p, more = {}) => p.map((_, i) => ({ arm: String(i), prior: 0.5, weight: 1, frozen: false, ...more }));

/** Each arm once first, then by the policy's own vector, nothing forced. */
const byPolicy =
  (core, p, config, more) =>
  (seed, horizon, options = {}) => {
    const arms = armsOf(p, more);
    const choose = (t, states) =>
      t < p.length ? t : core.pick(core.policies[config.policy].distribution(arms, nowhere, { arms: states }, config), chance(seed, t));
    return play(p, seed, horizon, choose, options);
  };

/** The product's own way: shipped priors, cold start, forced draws, and a memory that fades. */
const byDefault =
  (core, settings, memory = { halfLife: 'never', window: 'all' }) =>
  (seed, horizon, options = {}) => {
    const arms = armsOf(npc3).map((arm, i) => ({ ...arm, prior: npc3[i] }));
    const buckets = new Map();
    let settled = 0;
    const after = (arm, micro) => {
      const index = Math.floor(settled / 50);
      if (!buckets.has(index)) buckets.set(index, {});
      const bucket = buckets.get(index);
      bucket[arm] ??= { n: 0, sum: 0, sumSq: 0 };
      bucket[arm].n++;
      bucket[arm].sum += micro;
      bucket[arm].sumSq += micro;
      settled++;
    };
    const choose = (t, states) => {
      const state =
        memory.halfLife === 'never'
          ? { arms: states }
          : core.remember(
              [...buckets].map(([index, cell]) => ({ index, cells: { '': cell } })),
              settled,
              memory,
              null,
            );
      return Number(core.draw(core.plan(arms, nowhere, state, settled, settings, states), chance(seed, t)).arm);
    };
    return play(npc3, seed, horizon, choose, { ...options, after });
  };

const cold = { policy: 'thompson', alpha: 1, warmupPulls: 1_000 };
const beta = [{ policy: 'thompson', alpha: 1, model: 'binary' }, { priorCount: 2 }];

/** Thompson as it is usually run: one draw per arm and the highest wins. It has the same distribution as our vector, at a fraction of the time. */
const sampled =
  (p) =>
  (seed, horizon, options = {}) => {
    const random = mulberry(seed * 7_919 + 13);
    const choose = (t, states) => {
      if (t < p.length) return t;
      let [best, top] = [0, -1];
      for (let i = 0; i < p.length; i++) {
        const { n, sum } = states[String(i)];
        const wins = sum / 1_000_000;
        const draw = betaDraw(1 + wins, 1 + n - wins, random);
        if (draw > top) [best, top] = [i, draw];
      }
      return best;
    };
    return play(p, seed, horizon, choose, options);
  };

export function regretTasks(core) {
  return {
    'ts-npc3': byPolicy(core, npc3, ...beta),
    'ts-cl10': byPolicy(core, cl10, ...beta),
    'sampled-npc3': sampled(npc3),
    'sampled-cl10': sampled(cl10),
    'ucb1-npc3': byPolicy(core, npc3, { policy: 'ucb1', alpha: 1 }),
    'ucb1-cl10': byPolicy(core, cl10, { policy: 'ucb1', alpha: 1 }),
    'ucb1-half-npc3': byPolicy(core, npc3, { policy: 'ucb1', alpha: 0.5 }),
    'ucb1-half-cl10': byPolicy(core, cl10, { policy: 'ucb1', alpha: 0.5 }),
    'epsilon-npc3': byPolicy(core, npc3, { policy: 'epsilon-greedy', alpha: 1 }, { priorCount: 0 }),
    'sampled-delay-npc3': (seed, horizon) => sampled(npc3)(seed, horizon, { delay: 300 }),
    'ts-delay-npc3': (seed, horizon) => byPolicy(core, npc3, ...beta)(seed, horizon, { delay: 300 }),
    'default-npc3': byDefault(core, cold),
    'uniform-npc3': byDefault(core, { ...cold, warmup: 'uniform' }),
    'half-life-1000-npc3': byDefault(core, cold, { halfLife: 1_000, window: 'all' }),
  };
}

/** One run of equal (or unequal) arms with the shipped cold start: does a verdict, looked at every 50 turns, condemn one? And does a plain z-test? */
export function verdictRun(core, p, seed, horizon) {
  const arms = armsOf(p, { prior: 0.6 });
  const windows = [];
  let [flagged, zTest, covered, gapHeld] = [null, false, true, true];
  let settled = 0;
  const sums = p.map(() => ({ n: 0, sum: 0 }));
  const after = (arm, micro) => {
    sums[arm].n++;
    sums[arm].sum += micro / 1_000_000;
    settled++;
    if (settled % 50 !== 0) return;
    windows.push({ settled, arms: sums.map((one, i) => ({ arm: String(i), ...one })) });
    const judged = core.verdicts(windows.slice(-3));
    for (const one of judged) {
      if (one.leader === null || one.settled < 20) continue;
      const gap = p[Number(one.leader)] - p[Number(one.arm)];
      if (gap < one.gapLow || gap > one.gapHigh) gapHeld = false;
    }
    if (flagged === null && judged.some((one) => one.state === 'underperforming')) flagged = settled;
    for (const one of sums) {
      if (one.n < 20) continue;
      const other = sums.reduce((best, each) => (each.n >= 20 && each.sum / each.n > best.sum / best.n ? each : best), one);
      const [a, b] = [one.sum / one.n, other.sum / other.n];
      const error = Math.sqrt((a * (1 - a)) / one.n + (b * (1 - b)) / other.n);
      if (error > 0 && (b - a) / error > 1.96) zTest = true;
    }
    for (const [i, one] of sums.entries()) {
      const { low, high } = core.confidenceSequence(one.n, one.sum);
      if (i === 0 && (p[i] < low || p[i] > high)) covered = false;
    }
  };
  const choose = (t, states) => Number(core.draw(core.plan(arms, nowhere, { arms: states }, t, { ...cold, floor: 0.05 }), chance(seed, t)).arm);
  play(p, seed, horizon, choose, { after });
  return { flagged, zTest, covered, gapHeld };
}

/** What-if of a policy on its own log: is the change 0, the mean weight 1, and does another alpha's interval hold the truth? */
export function whatifRun(core, seed, size) {
  const p = [0.7, 0.6, 0.5];
  const arms = armsOf(p);
  let states = {};
  const own = new core.WhatifRun({ policy: 'thompson', alpha: 1 });
  const uniform = new core.WhatifRun({ policy: 'static', alpha: 1 });
  for (let t = 0; t < size; t++) {
    const plan = core.plan(arms, nowhere, { arms: states }, t, { ...cold, floor: 0.05 });
    const decision = core.draw(plan, chance(seed, t));
    const arm = Number(decision.arm);
    const micro = u(seed, t, arm) < p[arm] ? 1_000_000 : 0;
    const turn = {
      decision: {
        policy: 'thompson',
        alpha: 1,
        intent: null,
        eps: decision.epsilon,
        arm: decision.arm,
        p: decision.propensity,
        arms: arms.map((one, i) => {
          const { score, width, shape, mean } = plan.scored[i];
          return {
            arm: one.arm,
            p: plan.pi[i],
            l: plan.learned[i],
            k: 1,
            s: score,
            w: width,
            v: shape,
            b: [mean, width, shape],
            r: [states[one.arm]?.n ?? 0, 0, 0],
          };
        }),
      },
      reward: micro / 1_000_000,
    };
    own.add(turn);
    uniform.add(turn);
    states = core.settle(states, decision.arm, micro);
  }
  const [a, b] = [own.finish(), uniform.finish()];
  return { change: a.change?.value ?? 0, weight: b.meanWeight, held: b.estimate === null ? null : b.estimate.low <= 0.6 && 0.6 <= b.estimate.high };
}

function mulberry(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function normalDraw(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Marsaglia and Tsang 2000; shape at least 1 here. */
function gammaDraw(shape, random) {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normalDraw(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

function betaDraw(a, b, random) {
  const x = gammaDraw(a, random);
  return x / (x + gammaDraw(b, random));
}
