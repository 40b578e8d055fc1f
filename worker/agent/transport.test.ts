import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { client, methods } from '@agentclientprotocol/sdk';
import { expect, test } from 'vitest';
import { systemClock } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { createRoostAgent } from './roost-agent.js';
import { lineStream, type ParentPort, portStream } from './transport.js';

const agent = () => createRoostAgent({ clock: systemClock, log: silentLog, timeZone: () => 'UTC', newId: () => 'id' });

/** Two ends of a channel of objects; the far end wraps what it gets into an event, as Electron does. */
class Port extends EventEmitter {
  other: Port | undefined;
  postMessage(message: unknown): void {
    const copy: unknown = structuredClone(message);
    queueMicrotask(() => this.other?.emit('message', { data: copy }));
  }
}

test('the same messages travel as objects over a port; what is no message is dropped', async () => {
  const [inside, outside] = [new Port(), new Port()];
  inside.other = outside;
  outside.other = inside;
  const connection = agent().connect(portStream(inside as unknown as ParentPort));
  for (const junk of [null, 5, 'text', [], undefined]) outside.postMessage(junk);
  await client({ name: 'test' }).connectWith(portStream(outside as unknown as ParentPort), async (context) => {
    expect(await context.request(methods.agent.initialize, { protocolVersion: 1 })).toMatchObject({ agentInfo: { name: 'roost-agent' } });
    expect(await context.request(methods.agent.session.new, { cwd: '/tmp', mcpServers: [] })).toMatchObject({ sessionId: 'id' });
  });
  inside.emit('close');
  await connection.closed;
});

test('lines end with their input, once, whatever comes after', async () => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const connection = agent().connect(lineStream(input, output));
  input.write('{"jsonrpc":"2.0","id":1,"method":"initi');
  input.write('alize","params":{"protocolVersion":1}}\n');
  const [answer] = (await EventEmitter.once(output, 'data')) as [Buffer];
  expect(JSON.parse(answer.toString())).toMatchObject({ id: 1, result: { protocolVersion: 1 } });
  input.end();
  await connection.closed;
  input.destroy(new Error('late'));
});
