/** Too common to be a topic, in English and German. */
const common: ReadonlySet<string> = new Set(
  (
    'a about above after again against all also am an and any are as at be because been before being below between both but by can could did do does doing down during each even few for from further get gets got had has have having he her here hers him his how i if in into is it its itself just like made make may me might more most much must my new no nor not now of off on once one only or other our ours out over own per said same say says she should so some such than that the their them then there these they this those through to too under until up us use used using very via was way we well were what when where which while who whom why will with would you your yours ' +
    'aber alle als also am an auch auf aus bei beim bis da damit dann das dass dem den der des die dies diese dieser doch dort du durch ein eine einem einen einer eines er es für gegen hat hatte ich ihr ihre im in ist ja kann kein keine man mehr mit nach nicht noch nun nur ob oder ohne sehr sein seine sich sie sind so über um und uns unter vom von vor war was wenn wer wie wir wird wo zu zum zur'
  ).split(' '),
);

const maxTermsPerItem = 400;

/** Words of two characters and more, and pairs of neighbours, each once: an item that repeats a term does not make it a trend. */
export function termsOf(text: string): ReadonlySet<string> {
  const terms = new Set<string>();
  for (const clause of text.toLowerCase().split(/[^\p{L}\p{N}\s'’+#.-]+|[.](?=\s|$)/u)) {
    const words = clause
      .split(/\s+/)
      .map((word) => word.replace(/^['’.+-]+|['’.-]+$/g, '').replace(/['’]s$/, ''))
      .filter((word) => word !== '');
    for (const [index, word] of words.entries()) {
      if (!isTopic(word)) continue;
      terms.add(word);
      const next = words[index + 1];
      if (next !== undefined && isTopic(next)) terms.add(`${word} ${next}`);
      if (terms.size >= maxTermsPerItem) return terms;
    }
  }
  return terms;
}

const isTopic = (word: string): boolean => word.length >= 2 && word.length <= 40 && !common.has(word) && !/^[\d.-]+$/.test(word);
