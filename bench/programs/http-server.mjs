// The least an API must do: /echo parses and answers JSON, /redis also makes one round trip that writes, /assign hands out a free agent by script.
import { createServer } from 'node:http';
import { Redis } from 'ioredis';
import { assign } from '../lib/assign.mjs';

const redis = new Redis({ path: process.argv[2] });
redis.defineCommand('assign', { numberOfKeys: 3, lua: assign });

const work = {
  '/echo': async (body) => body,
  '/redis': async (body, text) => {
    await redis.set(`session:${body.userId}`, text, 'PX', 60_000);
    return body;
  },
  '/assign': async ({ userId }) => ({ agent: await redis.assign('pool', `session:${userId}`, `user:${userId}`, userId, Date.now()) }),
};

const server = createServer((request, response) => {
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (chunk) => {
    text += chunk;
  });
  request.on('end', async () => {
    const answer = JSON.stringify({ success: true, ...(await work[request.url](JSON.parse(text), text)) });
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) });
    response.end(answer);
  });
});
server.listen(0, '127.0.0.1', () => process.send({ type: 'ready', url: `http://127.0.0.1:${server.address().port}/` }));
process.on('disconnect', () => process.exit());
