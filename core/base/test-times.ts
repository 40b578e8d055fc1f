/** True under `npm run test:faults`: the fault tests then run with the times of the product, which takes many minutes. */
export const realTimes = process.env['ROOST_REAL_TIMES'] === '1';

/** A time of a fault test: shortened as a rule, the product's own under `npm run test:faults`. */
export const faultTime = (shortMs: number, realMs: number): number => (realTimes ? realMs : shortMs);
