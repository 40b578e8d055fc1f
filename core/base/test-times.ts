/** True under `npm run test:faults`: the fault tests then run with the times of the product, which takes many minutes. */
export const realTimes = process.env['ROOST_REAL_TIMES'] === '1';

/** A time of a fault test: shortened as a rule, the product's own under `npm run test:faults`. */
export const faultTime = (shortMs: number, realMs: number): number => (realTimes ? realMs : shortMs);

/**
 * The limit of a promise for the stopwatch of a test. The stopwatch also counts how long the machine let the test and its children
 * wait for a processor, which is seconds where everything runs beside something else: there the limit has room, and is still far
 * below what the fault would cost (an end that never comes, a deadline of half a minute). `npm run test:faults` has none.
 */
export const roomy = (limitMs: number): number => (realTimes ? limitMs : Math.max(10_000, limitMs * 3));

/**
 * Processor time of this process so far. For what must take no time whatever it is given: a pattern that backtracks burns it for
 * minutes, and a machine that is busy with something else adds none.
 */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
