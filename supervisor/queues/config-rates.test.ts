import { expect, it } from 'vitest';
import { ratesToSet } from './config-rates.js';

const rate = (max: number, every = 1_000) => ({ rate: { max, every } });

it.each([
  [{}, {}, []],
  [{}, { analysis: rate(10) }, [['analysis', { max: 10, everyMs: 1_000 }]]],
  [{ analysis: { max: 10, everyMs: 1_000 } }, { analysis: rate(10) }, []],
  [{ analysis: { max: 10, everyMs: 1_000 } }, { analysis: rate(10, 2_000) }, [['analysis', { max: 10, everyMs: 2_000 }]]],
  [{ analysis: { max: 10, everyMs: 1_000 } }, { analysis: {} }, [['analysis', null]]],
  [{ analysis: { max: 10, everyMs: 1_000 } }, {}, [['analysis', null]]],
])('applied %j, config %j: %j', (applied, queues, changes) => {
  expect(ratesToSet(applied, queues)).toEqual(changes);
});
