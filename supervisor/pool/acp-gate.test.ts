import { expect, it } from 'vitest';
import { AcpGate } from './acp-gate.js';

const request = (id: unknown, method = 'fs/read_text_file') => ({ jsonrpc: '2.0', id, method, params: {} });
const answer = (id: unknown) => ({ jsonrpc: '2.0', id, result: {} });
const ask = (id: number) => ({ jsonrpc: '2.0' as const, id, method: 'session/prompt', params: {} });

it('lets an answer pass once, drops the second and takes one to a question never asked for a violation', () => {
  const gate = new AcpGate();
  gate.sent(ask(0));
  gate.sent(ask(1));
  expect(gate.received(answer(1))).toEqual({ kind: 'pass' });
  expect(gate.received(answer(1))).toEqual({ kind: 'drop' });
  expect(gate.received(answer(0))).toEqual({ kind: 'pass' });
  for (const id of [2, -1, 'x', null]) expect(gate.received(answer(id)), String(id)).toMatchObject({ kind: 'violation' });
});

it('lets an id of the agent be used again once it was answered, and no hundred and first question', () => {
  const gate = new AcpGate();
  expect(gate.received(request('a'))).toEqual({ kind: 'pass' });
  expect(gate.received(request('a'))).toMatchObject({ kind: 'violation', message: expect.stringContaining('two open requests') });
  gate.sent({ jsonrpc: '2.0', id: 'a', result: {} });
  expect(gate.received(request('a'))).toEqual({ kind: 'pass' });
  for (let n = 1; n < 100; n++) expect(gate.received(request(n)), String(n)).toEqual({ kind: 'pass' });
  expect(gate.received(request(100))).toMatchObject({ kind: 'violation', message: 'more than 100 open requests' });
});

it('tells updates from other news, which nobody needs, and from what is no message at all', () => {
  const gate = new AcpGate();
  expect(gate.received({ jsonrpc: '2.0', method: 'session/update', params: { a: 1 } })).toEqual({ kind: 'update', params: { a: 1 } });
  expect(gate.received({ jsonrpc: '2.0', method: '_other/news' })).toEqual({ kind: 'drop' });
  for (const rubbish of [null, 7, [], {}, { jsonrpc: '1.0', id: 1, result: 1 }, [ask(1)]]) expect(gate.received(rubbish)).toMatchObject({ kind: 'violation' });
});
