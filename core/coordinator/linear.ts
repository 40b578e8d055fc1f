import { defaultPriorCount } from './posterior.js';
import type { ArmConfig, LinearState } from './types.js';
import { microPerReward } from './types.js';

/** Disjoint linear models, one per arm: A = A0 + sum(x x'), b = b0 + sum(r x). Sums are whole numbers; A is kept, never its inverse. */

/** Features are kept in thousandths. */
export const milliPerFeature = 1_000;

/** Place of (row, column), row <= column, in an upper triangle of `size` rows kept by rows. */
export const triangleAt = (size: number, row: number, column: number): number => row * size - (row * (row - 1)) / 2 + column - row;

export const emptyLinear = (size: number): LinearState => ({ a: new Array<number>((size * (size + 1)) / 2).fill(0), b: new Array<number>(size).fill(0) });

/** Features as whole thousandths, each within -1..1. */
export const toMilli = (features: readonly number[]): number[] => features.map((x) => Math.round(Math.min(1, Math.max(-1, x)) * milliPerFeature) || 0);

/** The state after one reward (in millionths) on features in thousandths. `times` 0 amends: only the reward changes. */
export function addLinear(state: LinearState, milli: readonly number[], micro: number, times: 0 | 1 = 1): LinearState {
  const size = milli.length;
  const a = [...state.a];
  const b = [...state.b];
  for (let row = 0; row < size; row++) {
    const x = milli[row] ?? 0;
    if (x === 0) continue;
    b[row] = (b[row] ?? 0) + x * micro;
    for (let column = row; column < size && times === 1; column++) {
      const at = triangleAt(size, row, column);
      a[at] = (a[at] ?? 0) + x * (milli[column] ?? 0);
    }
  }
  return { a, b };
}

export interface LinearBelief {
  /** Estimated reward at x. */
  readonly mean: number;
  /** sqrt(x' A^-1 x), to be multiplied by the noise. */
  readonly reach: number;
}

/**
 * Ridge regression of one arm at `x`. A0 is the identity, its first entry (the constant feature) the
 * prior count; b0 makes the prior the estimate before any data. Without a prior count this is textbook LinUCB (A0 = I, b0 = 0).
 */
export function linearBelief(arm: ArmConfig, state: LinearState | undefined, x: readonly number[]): LinearBelief & { readonly residual: number } {
  const size = x.length;
  const n0 = arm.priorCount ?? defaultPriorCount;
  const matrix = new Float64Array(size * size);
  const right = new Float64Array(size);
  for (let row = 0; row < size; row++) {
    right[row] = (state?.b[row] ?? 0) / (milliPerFeature * microPerReward);
    for (let column = row; column < size; column++) matrix[column * size + row] = (state?.a[triangleAt(size, row, column)] ?? 0) / milliPerFeature ** 2;
    matrix[row * size + row] = (matrix[row * size + row] as number) + (row === 0 && n0 > 0 ? n0 : 1);
  }
  const ownRight = Float64Array.from(right);
  right[0] = (right[0] ?? 0) + n0 * arm.prior;
  cholesky(matrix, size);
  const theta = solve(matrix, size, right);
  const half = forward(matrix, size, x);
  let mean = 0;
  let reach = 0;
  let explained = 0;
  for (let i = 0; i < size; i++) {
    mean += (theta[i] as number) * (x[i] ?? 0);
    reach += (half[i] as number) ** 2;
    explained += (theta[i] as number) * (ownRight[i] as number);
  }
  // theta' A_data theta, for the residual sum of squares: y'y - 2 theta'b + theta' A theta.
  let fitted = 0;
  for (let row = 0; row < size; row++)
    for (let column = row; column < size; column++) {
      const own = (state?.a[triangleAt(size, row, column)] ?? 0) / milliPerFeature ** 2;
      fitted += (row === column ? 1 : 2) * own * (theta[row] as number) * (theta[column] as number);
    }
  return { mean, reach: Math.sqrt(reach), residual: fitted - 2 * explained };
}

/** In place: the lower triangle becomes L of A = L L'. */
function cholesky(matrix: Float64Array, size: number): void {
  for (let j = 0; j < size; j++) {
    for (let i = j; i < size; i++) {
      let sum = matrix[i * size + j] as number;
      for (let k = 0; k < j; k++) sum -= (matrix[i * size + k] as number) * (matrix[j * size + k] as number);
      matrix[i * size + j] = i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / (matrix[j * size + j] as number);
    }
  }
}

/** L^-1 v */
function forward(lower: Float64Array, size: number, v: ArrayLike<number>): Float64Array {
  const out = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    let sum = v[i] ?? 0;
    for (let k = 0; k < i; k++) sum -= (lower[i * size + k] as number) * (out[k] as number);
    out[i] = sum / (lower[i * size + i] as number);
  }
  return out;
}

/** (L L')^-1 v */
function solve(lower: Float64Array, size: number, v: ArrayLike<number>): Float64Array {
  const out = forward(lower, size, v);
  for (let i = size - 1; i >= 0; i--) {
    let sum = out[i] as number;
    for (let k = i + 1; k < size; k++) sum -= (lower[k * size + i] as number) * (out[k] as number);
    out[i] = sum / (lower[i * size + i] as number);
  }
  return out;
}
