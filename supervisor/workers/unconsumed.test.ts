import { expect, it } from 'vitest';
import { configSchema } from '../../contract/config.js';
import { handlerSpecs } from '../../contract/handlers.js';
import { unconsumedQueues } from './unconsumed.js';

it('every handler that ships is served by the default workers', () => {
  expect(unconsumedQueues(configSchema.parse({}), Object.values(handlerSpecs))).toEqual(new Map());
});

it('names the queues nobody serves with their handlers', () => {
  const { workers } = configSchema.parse({ workers: { turns: { queues: ['turns', 'coach'] } } });
  const specs = [
    { name: 'a', queue: 'extra' },
    { name: 'b', queue: 'extra' },
    { name: 'c', queue: 'coach' },
  ];
  expect(unconsumedQueues({ workers }, specs)).toEqual(new Map([['extra', ['a', 'b']]]));
});
