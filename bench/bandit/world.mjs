/** The reference problem: a world that is a pure function in 32-bit integer arithmetic. */

function mix(value) {
  let h = value >>> 0;
  h = (h ^ (h >>> 16)) >>> 0;
  h = Math.imul(h, 0x85ebca6b) >>> 0;
  h = (h ^ (h >>> 13)) >>> 0;
  h = Math.imul(h, 0xc2b2ae35) >>> 0;
  return (h ^ (h >>> 16)) >>> 0;
}

export function u(seed, t, a) {
  const base = mix((Math.imul(seed, 0x9e3779b9) + 0x7f4a7c15) >>> 0);
  const atTime = mix((base ^ Math.imul(t, 0x85ebca6b)) >>> 0);
  return mix((atTime ^ ((Math.imul(a, 0xc2b2ae35) + 0x165667b1) >>> 0)) >>> 0) / 2 ** 32;
}

export const npc3 = [0.7, 0.6, 0.5];
export const cl10 = [0.5, ...Array.from({ length: 9 }, () => 0.4)];
export const marks = [100, 300, 1_000, 3_000, 10_000];

/** A uniform of our own draws that shares nothing with the rewards of the world. */
export const chance = (seed, t, salt = 97) => u(seed + 1_000_003, t, salt);

/** Mean and standard error of the mean, mark by mark. */
export function summary(runs) {
  return marks.map((_, i) => {
    const values = runs.map((run) => run[i]).filter((value) => value !== undefined);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / Math.max(1, values.length - 1);
    return { mean, error: Math.sqrt(variance / values.length) };
  });
}

/**
 * Pseudo-regret of one seed at the marks. `choose(t, states)` answers the index of the arm; rewards reach the states
 * `delay` pulls later. `states` is changed in place: { n, sum, sumSq } in millionths per arm.
 */
export function play(p, seed, horizon, choose, { delay = 0, after } = {}) {
  const best = Math.max(...p);
  const states = Object.fromEntries(p.map((_, i) => [String(i), { n: 0, sum: 0, sumSq: 0 }]));
  const waiting = [];
  const found = [];
  let regret = 0;
  for (let t = 0; t < horizon; t++) {
    if (delay > 0 && t >= delay) settle(states, waiting[t - delay], after);
    const arm = choose(t, states);
    regret += best - p[arm];
    const micro = u(seed, t, arm) < p[arm] ? 1_000_000 : 0;
    if (delay > 0) waiting.push([arm, micro]);
    else settle(states, [arm, micro], after);
    if (marks.includes(t + 1)) found.push(regret);
  }
  return found;
}

function settle(states, [arm, micro], after) {
  const state = states[String(arm)];
  state.n++;
  state.sum += micro;
  state.sumSq += micro;
  after?.(arm, micro);
}
