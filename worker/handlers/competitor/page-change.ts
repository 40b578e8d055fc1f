import { pageText, pricesOf, sentencesOf } from '../web/html-text.js';

/** What a page said at one moment. */
export interface PageFacts {
  readonly title: string;
  readonly sentences: readonly string[];
  readonly prices: readonly string[];
}

export interface PageChange {
  /** Before and after; null when it is the same. */
  readonly title: readonly [string, string] | null;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly pricesAdded: readonly string[];
  readonly pricesRemoved: readonly string[];
}

const maxSentences = 3_000;

export function pageFacts(html: string): PageFacts {
  const { title, text } = pageText(html);
  return { title, sentences: sentencesOf(text, maxSentences), prices: pricesOf(text) };
}

const without = (all: readonly string[], known: readonly string[]): string[] => {
  const set = new Set(known);
  return all.filter((one) => !set.has(one));
};

/** A sentence that only moved is no change. */
export function pageChange(before: PageFacts, after: PageFacts): PageChange {
  return {
    title: before.title === after.title ? null : [before.title, after.title],
    added: without(after.sentences, before.sentences),
    removed: without(before.sentences, after.sentences),
    pricesAdded: without(after.prices, before.prices),
    pricesRemoved: without(before.prices, after.prices),
  };
}

export const isChanged = (change: PageChange): boolean => change.title !== null || change.added.length + change.removed.length > 0;
