/** Words that say nothing about what a question is about. */
const stopWords = new Set(
  'a about above after all also am an and any are as at be because been but by can could did do does doing done each for from get give gets had has have he her here him his how i if in into is it its just know let like many may me might more most much must my need no nor not of off on one only or other our out over own please said say see shall she should show so some such tell than that the their them then there these they thing this those through to too under up us use used using very want was way we were what when where which while who whom why will with work works would you your explain describe mean means happen happens'.split(
    ' ',
  ),
);

/** One term as it goes into the index and into a question; undefined for words without weight. */
export function termOf(word: string): string | undefined {
  const plain = word
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .slice(0, 60);
  if (plain.length < 2 || stopWords.has(plain)) return undefined;
  return stem(plain);
}

/** Plurals and the commonest endings: "sessions", "restarted" and "restarting" find "session" and "restart". */
function stem(word: string): string {
  if (word.length > 4 && word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (word.length > 6 && word.endsWith('ing')) return undoubled(word.slice(0, -3));
  if (word.length > 5 && word.endsWith('ed')) return undoubled(word.slice(0, -2));
  if (word.length > 4 && /(?:s|x|z|ch|sh)es$/.test(word)) return word.slice(0, -2);
  if (word.length > 3 && word.endsWith('s') && !/(?:ss|us|is)$/.test(word)) return withoutE(word.slice(0, -1));
  return withoutE(word);
}

/** "stopping" to "stop"; "killed" stays "kill" only because l, s and z are doubled by themselves. */
const undoubled = (word: string): string => (/([bdfgmnprt])\1$/.test(word) ? word.slice(0, -1) : word);
/** "schedule" and "scheduled" meet without their e. */
const withoutE = (word: string): string => (word.length > 4 && word.endsWith('e') ? word.slice(0, -1) : word);

/** Letters and digits of any script, split as MiniSearch would split both text and question. */
export const wordsOf = (text: string): string[] => text.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');

/** The distinct terms of a question, at most 40. */
export function queryTerms(text: string): string[] {
  const terms = wordsOf(text.slice(0, 2_000))
    .map(termOf)
    .filter((term) => term !== undefined);
  return [...new Set(terms)].slice(0, 40);
}
