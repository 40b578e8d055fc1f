/** Words that give a request its intent, by intent; as in the config. */
export type IntentRules = Readonly<Record<string, readonly string[]>>;

const wordsOf = (text: string): string[] =>
  text
    .toLowerCase()
    .normalize('NFKC')
    .match(/[\p{L}\p{N}]+/gu) ?? [];

/** How often `phrase` (one or more words) stands in `words`. */
function occurrences(words: readonly string[], phrase: readonly string[]): number {
  if (phrase.length === 0) return 0;
  let found = 0;
  for (let at = 0; at + phrase.length <= words.length; at++) if (phrase.every((word, i) => words[at + i] === word)) found++;
  return found;
}

/**
 * The intent of a request: its own if it names one, else the rule with the most of its words in the text
 * (whole words, any case), else none. Ties go to the rule named first. Only the first 4,000 characters are read.
 */
export function intentOf(own: string | null, text: string, rules: IntentRules): string | null {
  if (own !== null) return own;
  const names = Object.keys(rules);
  if (names.length === 0) return null;
  const words = wordsOf(text.slice(0, 4_000));
  let best: string | null = null;
  let most = 0;
  for (const name of names) {
    const count = (rules[name] ?? []).reduce((sum, phrase) => sum + occurrences(words, wordsOf(phrase)), 0);
    if (count > most) [best, most] = [name, count];
  }
  return best;
}
