import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';

/** What Node writes when it was started with `--inspect`. @param {import('node:child_process').ChildProcess} child */
export const inspectorUrl = (child) =>
  new Promise((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      const found = /^Debugger listening on (ws:\S+)/.exec(line);
      if (found) resolve(found[1]);
    });
    child.once('exit', () => reject(new Error('a child ended before it could be looked into')));
  });

/** Looks into a running Node process: what is left of its memory once the garbage is gone. @param {string} url */
export async function openInspector(url) {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const waiting = new Map();
  let last = 0;
  socket.on('message', (text) => {
    const { id, result, error } = JSON.parse(text);
    const { resolve, reject } = waiting.get(id) ?? {};
    waiting.delete(id);
    if (error) reject?.(new Error(error.message));
    else resolve?.(result);
  });
  const call = (method, params = {}) =>
    new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject });
      socket.send(JSON.stringify({ id: last, method, params }));
    });
  const number = async (expression) => (await call('Runtime.evaluate', { expression, returnByValue: true })).result.value;
  return {
    /** Collects the garbage, then tells what is held. */
    held: async () => {
      await call('HeapProfiler.collectGarbage');
      const { usedSize } = await call('Runtime.getHeapUsage');
      return {
        heapBytes: usedSize,
        externalBytes: await number('process.memoryUsage().external'),
        // Timers, sockets, pipes, requests under way.
        resources: await number('process.getActiveResourcesInfo().length'),
      };
    },
    close: () => socket.close(),
  };
}
