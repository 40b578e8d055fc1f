/** In how many of `items` items a term stood. */
export interface TermCounts {
  readonly items: number;
  readonly of: ReadonlyMap<string, number>;
}

export interface RisingTerm {
  readonly term: string;
  readonly now: number;
  readonly before: number;
  /** How many times more often than before, by the smoothed odds. */
  readonly lift: number;
  /** Standard deviations above no change. */
  readonly z: number;
}

/** 1.96 alone would let one of forty unchanged terms through; with hundreds of terms the bar must be higher. */
export const risingAboveZ = 3;
/** Pseudo-items of the prior: a term that was never seen is not infinitely new. */
const priorItems = 0.5;

/**
 * Terms in more items of the window than the baseline leads to expect, by the log-odds ratio with a Dirichlet prior and its
 * z-score (Monroe, Colaresi and Quinn 2008, "Fightin' Words", Political Analysis 16(4), eq. 15, 16 and 22; here on document frequencies).
 * A pair of words in the same items as one of its words stands for both.
 */
export function risingTerms(now: TermCounts, before: TermCounts, options: { readonly minItems: number; readonly top: number }): readonly RisingTerm[] {
  if (now.items === 0 || before.items === 0) return [];
  const found: RisingTerm[] = [];
  for (const [term, count] of now.of) {
    if (count < options.minItems) continue;
    const old = before.of.get(term) ?? 0;
    const logOdds = (hits: number, items: number): number => Math.log((hits + priorItems) / (Math.max(0, items - hits) + priorItems));
    const delta = logOdds(count, now.items) - logOdds(old, before.items);
    const z = delta / Math.sqrt(1 / (count + priorItems) + 1 / (old + priorItems));
    if (z >= risingAboveZ) found.push({ term, now: count, before: old, lift: Math.exp(delta), z });
  }
  found.sort((a, b) => b.z - a.z || b.now - a.now || b.term.length - a.term.length || (a.term < b.term ? -1 : 1));
  return withoutParts(found).slice(0, options.top);
}

/** Drops a word that a pair above or below it explains just as well. */
function withoutParts(terms: readonly RisingTerm[]): readonly RisingTerm[] {
  const pairs = terms.filter(({ term }) => term.includes(' '));
  return terms.filter(({ term, now }) => term.includes(' ') || !pairs.some((pair) => pair.term.split(' ').includes(term) && pair.now === now));
}
