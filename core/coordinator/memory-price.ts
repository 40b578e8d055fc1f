/** Regret after 10,000 turns of the reference problem by half-life: while nothing changes, and when the best arm degrades. From simulation. */
const prices: readonly (readonly [halfLife: number, steady: number, degraded: number])[] = [
  [231, 221, 275],
  [693, 115, 274],
  [1_386, 77, 430],
];
const forever = { steady: 33, degraded: 616 };

/** What a half-life costs, between the simulated ones by the logarithm; both prices, because one buys the other. */
export function memoryPrice(halfLife: number | 'never'): { readonly steady: number; readonly degraded: number } {
  if (halfLife === 'never') return forever;
  const [first] = prices;
  const last = prices.at(-1);
  if (first === undefined || last === undefined) return forever;
  if (halfLife <= first[0]) return { steady: first[1], degraded: first[2] };
  if (halfLife >= last[0]) {
    // Towards never, reached at a hundred times as long.
    const share = Math.min(1, Math.log(halfLife / last[0]) / Math.log(100));
    return { steady: Math.round(last[1] + share * (forever.steady - last[1])), degraded: Math.round(last[2] + share * (forever.degraded - last[2])) };
  }
  const at = prices.findIndex(([known]) => known >= halfLife);
  const [low, high] = [prices[at - 1] ?? first, prices[at] ?? last];
  const share = Math.log(halfLife / low[0]) / Math.log(high[0] / low[0]);
  return { steady: Math.round(low[1] + share * (high[1] - low[1])), degraded: Math.round(low[2] + share * (high[2] - low[2])) };
}
