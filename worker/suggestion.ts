import type { TurnView } from '../contract/state.js';
import { workedMs } from '../contract/turn-timings.js';

/** Longer quotes make a suggestion hard to read. */
const maxQuoteChars = 60;
const slowMs = 30_000;

const failureAdvice: Readonly<Record<string, string>> = {
  timeout: 'It ran out of time. Ask for one part of it first, then for the rest.',
  'agent-died': 'The agent behind this session died over it and was replaced. Send it again in smaller steps; if it dies again, its log shows why.',
  'shutting-down': 'Roost ended in the middle of it. Look at what may have run already before you send it again.',
  'agent-failed': 'The agent could not finish. Say the goal in one sentence and name the file or value you mean.',
  'circuit-open':
    'The provider keeps failing and is being left alone for a moment. Calculations, file search and knowledge need no provider: try one of those.',
  'quota-exceeded': 'The quota of today is used up. It resets at midnight UTC.',
  'redis-unavailable': 'The store was away for a moment. Nothing is wrong with the request: send it again.',
};

const vagueWords = new Set([
  'it',
  'this',
  'that',
  'these',
  'those',
  'they',
  'thing',
  'things',
  'stuff',
  'something',
  'again',
  'more',
  'help',
  'fix',
  'do',
  'why',
  'how',
  'what',
]);
const fillerWords = new Set(
  'a about after again all also an and any are as at be because been before but by can could did do does find for from get give had has have help here how i if in into is it its just know list make many may me more most much my need no not of on one or our out please said say search should show so some tell than that the their them then there these they this to two up use want was we were what when where which who why will with would write you your'.split(
    ' ',
  ),
);

/**
 * What the person could do next, from the turn, how it ended and what was rated before in its
 * session. Deterministic: the same record gives the same advice.
 */
export function suggest(turn: TurnView, history: readonly TurnView[]): string {
  const earlier = history.filter((other) => other.id !== turn.id && other.createdAt <= turn.createdAt);
  if (turn.status === 'failed')
    return (
      failureAdvice[turn.error?.code ?? ''] ??
      `It failed: ${turn.error?.message ?? 'the reason is not known'} Change the request a little before you send it again.`
    );
  if (turn.status === 'cancelled') return 'You stopped this one. If it went the wrong way, send it again and say first what to leave out.';

  const same = earlier.findLast((other) => normal(other.prompt) === normal(turn.prompt) && other.status === 'done');
  if (same !== undefined)
    return `You asked the same before${same.rating === null ? '' : ` and rated it ${same.rating}`}. Say what was missing in that answer to get a better one.`;
  if (isVague(turn.prompt))
    return 'Short requests leave much to guess. Name the thing and what you want to know about it, for example "convert 12 km to miles".';
  if (isDisappointed(turn, earlier))
    return betterArm(turn.arm, earlier) ?? 'The last answers were rated low. Say which form you want (a number, a list, one sentence) and give an example.';

  const next = followUp(turn);
  const tookMs = workedMs(turn.timings) ?? 0;
  return tookMs > slowMs ? `${next} This one took ${Math.round(tookMs / 1_000)} s: smaller questions come back sooner.` : next;
}

function followUp(turn: TurnView): string {
  const kind = turn.intent ?? turn.arm;
  const topic = topicOf(turn.prompt);
  if (/\d\s*[-+*/^%x×]\s*\d|\bsqrt\b|\bpercent\b/i.test(turn.prompt))
    return 'Next: ask for the same with another value, or for a share of the result, for example "15% of 240".';
  if (
    /\b(convert|in|to)\b.*\b(km|miles?|kg|lbs?|pounds?|celsius|fahrenheit|[cm]m|inch(es)?|feet|ft|liters?|litres?|gallons?|hours?|minutes?|seconds?|[kmgt]i?b)\b/i.test(
      turn.prompt,
    )
  ) {
    return 'Next: ask for the way back, or for the same value in another unit.';
  }
  if (/\b(today|tomorrow|yesterday|days?|weeks?|months?|date|weekday)\b/i.test(turn.prompt))
    return 'Next: ask which weekday that is, or which day comes 30 days later.';
  if (kind === 'knowledge') {
    const source = /([\w./-]+\.md)\b/i.exec(turn.text)?.[1];
    if (source !== undefined)
      return `Next: ask "what else does ${quote(source)} say${topic === null ? '' : ` about ${topic}`}?", or open it to read the whole passage.`;
    return 'Nothing was cited. Put a Markdown file about it into the knowledge folder, then ask again.';
  }
  if (kind === 'tools')
    return topic === null ? 'Next: name a file or a value and what to do with it.' : `Next: search the files for "${topic}", or ask for the number behind it.`;
  return topic === null ? 'Next: ask for an example, or for the opposite case.' : `Next: ask for an example of ${topic}, or what usually goes wrong with it.`;
}

/** This turn was rated badly, or the last three ratings of the session are 2.5 or less on average. */
function isDisappointed(turn: TurnView, earlier: readonly TurnView[]): boolean {
  if (turn.rating !== null) return turn.rating <= 2;
  const ratings = earlier.flatMap((other) => (other.rating === null ? [] : [other.rating])).slice(-3);
  return ratings.length === 3 && ratings.reduce((sum, rating) => sum + rating, 0) / 3 <= 2.5;
}

/** Another arm that this person rated 4 or better in this session. */
function betterArm(arm: string | null, earlier: readonly TurnView[]): string | undefined {
  const liked = earlier.findLast((other) => other.arm !== null && other.arm !== arm && (other.rating ?? 0) >= 4);
  return liked === undefined
    ? undefined
    : `You liked the answer of ${liked.arm} to "${quote(liked.prompt)}". Set the intent to ${liked.arm} to be served like that.`;
}

function isVague(prompt: string): boolean {
  const words = wordsOf(prompt);
  return !/\d/.test(prompt) && words.length <= 3 && words.every((word) => vagueWords.has(word) || fillerWords.has(word));
}

/** The longest telling word of the request; the later one of two as long. */
function topicOf(prompt: string): string | null {
  const telling = wordsOf(prompt).filter((word) => word.length >= 4 && word.length <= 40 && !fillerWords.has(word) && !vagueWords.has(word));
  return telling.reduce<string | null>((best, word) => (best === null || word.length >= best.length ? word : best), null);
}

const wordsOf = (text: string): string[] =>
  text
    .slice(0, 2_000)
    .toLowerCase()
    .match(/\p{L}[\p{L}\p{N}'-]*/gu) ?? [];
const normal = (text: string): string => text.trim().toLowerCase().replace(/\s+/g, ' ');

function quote(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ');
  const chars = [...line.slice(0, maxQuoteChars * 2)];
  return chars.length <= maxQuoteChars && line.length <= maxQuoteChars * 2 ? line : `${chars.slice(0, maxQuoteChars - 1).join('')}…`;
}
