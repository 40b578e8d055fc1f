import { expect, it } from 'vitest';
import { askable } from './askable.js';

it.each([
  ['Next: ask "what else does warm-pool.md say about size?", or open it.', 'what else does warm-pool.md say about size?'],
  ['Next: ask for the same with another value, for example "15% of 240".', '15% of 240'],
  ['What is the way back?', 'What is the way back?'],
  ['Next: ask for an example.', undefined],
  ['You liked the answer of tools to "a very long request that was cut…".', undefined],
])('%s', (suggestion, expected) => expect(askable(suggestion)).toBe(expected));
