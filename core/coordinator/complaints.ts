export interface Complaint {
  readonly term: string;
  readonly count: number;
  readonly example: string;
}

/** Words that carry no complaint of their own. */
const empty = new Set(
  (
    'a an and are as at be been but by can could did do does for from get got had has have he her his how i if in into is it its just like me more my no not of on one or our ' +
    'out over please she should so some such than that the their them then there these they this those to too up us very was we were what when where which while who why will with would you your about ' +
    'answer answers answered agent bot again also only really still even much many'
  ).split(' '),
);

/**
 * The commonest terms of comments that came with one or two stars: words and pairs of neighbouring words, each
 * counted once a comment; a word that only ever stands in a listed pair is left out.
 */
export function complaintTerms(comments: readonly string[], most = 12): readonly Complaint[] {
  const found = new Map<string, { count: number; example: string }>();
  for (const comment of comments) {
    const words =
      comment
        .slice(0, 2_000)
        .toLowerCase()
        .normalize('NFKC')
        .match(/[\p{L}\p{N}][\p{L}\p{N}'-]*/gu) ?? [];
    const terms = new Set<string>();
    words.forEach((word, i) => {
      if (empty.has(word) || word.length < 3) return;
      terms.add(word);
      const next = words[i + 1];
      if (next !== undefined && next.length >= 3 && !empty.has(next)) terms.add(`${word} ${next}`);
    });
    for (const term of terms) {
      const known = found.get(term);
      if (known === undefined) found.set(term, { count: 1, example: comment.slice(0, 160) });
      else known.count++;
    }
  }
  const pairs = [...found].filter(([term, { count }]) => term.includes(' ') && count >= 2);
  const covered = (word: string, count: number): boolean => pairs.some(([pair, one]) => pair.split(' ').includes(word) && one.count === count);
  return [...found]
    .filter(([term, { count }]) => (term.includes(' ') ? count >= 2 : !covered(term, count)))
    .map(([term, { count, example }]) => ({ term, count, example }))
    .sort((a, b) => b.count - a.count || b.term.length - a.term.length || (a.term < b.term ? -1 : 1))
    .slice(0, most);
}
