import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../core/base/manual-clock.js';
import { Inquest } from './inquest.js';
import type { LogLine } from './types.js';

const said: LogLine[] = [];
const clock = new ManualClock();

/** A life that ended for a port that was taken, on a machine where the holder is found after `foundAfterMs`. */
async function explained(foundAfterMs: number): Promise<string> {
  said.length = 0;
  const inquest = new Inquest({
    clock,
    log: { read: () => said },
    oomKilled: () => false,
    portHolder: () => new Promise((resolve) => clock.after(foundAfterMs, () => resolve('python3 -m http.server (pid 7)'))),
  });
  said.push({ seq: 1, atMs: 0, stream: 'err', text: 'Error: listen EADDRINUSE: address already in use 127.0.0.1:8000' });
  const exit = inquest.explain({ code: 1, signal: null, asked: null, atMs: 0 });
  await clock.advance(5_000);
  return (await exit).message;
}

describe('who holds the port', () => {
  it('is told also where the machine is slow to say so', async () => {
    expect(await explained(10)).toContain('python3 -m http.server (pid 7)');
    expect(await explained(1_800)).toContain('python3 -m http.server (pid 7)');
  });

  it('is left out after two seconds: an exit must be told', async () => {
    expect(await explained(3_000)).toBe('port 8000 is taken (it said: Error: listen EADDRINUSE: address already in use 127.0.0.1:8000)');
  });
});
