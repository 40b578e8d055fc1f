// The least an API must do: /echo parses and answers JSON, /redis also makes one round trip that writes.
import { createServer } from 'node:http';
import { Redis } from 'ioredis';

const redis = new Redis({ path: process.argv[2] });
const server = createServer((request, response) => {
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (chunk) => {
    text += chunk;
  });
  request.on('end', async () => {
    const body = JSON.parse(text);
    if (request.url === '/redis') await redis.set(`session:${body.userId}`, text, 'PX', 60_000);
    const answer = JSON.stringify({ success: true, ...body });
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) });
    response.end(answer);
  });
});
server.listen(0, '127.0.0.1', () => process.send({ type: 'ready', url: `http://127.0.0.1:${server.address().port}/` }));
process.on('disconnect', () => process.exit());
