import { describe, expect, it } from 'vitest';
import { configSchema } from '../../contract/config.js';
import { faultOfWatches } from './check.js';

const fault = (inbox: Record<string, unknown>, more: Record<string, unknown> = {}) =>
  faultOfWatches(configSchema.parse({ ...more, watch: { inbox: { path: './in', ...inbox } } }));

describe('faultOfWatches', () => {
  it.each([
    [{ handler: 'comand' }, 'did you mean "command"?'],
    [{ handler: 'command', queue: 'analisis' }, 'did you mean "analysis"?'],
    [{ handler: 'command', queue: 'turns' }, 'must not be turns'],
  ])('%j', (inbox, words) => expect(fault(inbox)).toContain(words));
  it('takes what works, and own handlers on trust', () => {
    expect(fault({ handler: 'command', queue: 'analysis' })).toBeUndefined();
    expect(fault({ handler: 'http' })).toBeUndefined();
    expect(fault({ handler: 'mine' }, { handlers: { folder: './handlers' } })).toBeUndefined();
    expect(fault({ handler: 'http', queue: 'pile' }, { queues: { pile: {} } })).toBeUndefined();
  });
});
