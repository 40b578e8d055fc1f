import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../contract/config.js';
import { sleep, systemClock } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { createLauncher, type ProcessLauncher } from '../process/launcher.js';
import { createNodeSpawner } from '../process/node-spawner.js';
import { WarmPool } from './warm-pool.js';

let dir: string;
let launcher: ProcessLauncher;
let pool: WarmPool;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'roost-voice-'));
});
afterEach(async () => {
  await pool.stop();
  await launcher.close();
  await rm(dir, { recursive: true, force: true });
});

const program = (text: string) => [process.execPath, '-e', text];

async function open(template: object): Promise<void> {
  const config = configSchema.parse({ templates: { voice: { protocol: 'none', ...template } }, pool: { template: 'voice', size: 1 } });
  launcher = createLauncher({ spawner: createNodeSpawner({ entryDir: dir }), dataDir: dir, runId: `voice-${process.pid}`, clock: systemClock, log: silentLog });
  pool = new WarmPool({
    launcher,
    clock: systemClock,
    random: Math.random,
    log: silentLog,
    config,
    agentSetup: () => ({ knowledge: [], files: [], providers: [] }),
    dataDir: dir,
    roomEnv: (agentId) => ({ ROOST_ROOM: `room-of-${agentId}` }),
  });
  await pool.start();
}

async function until(what: string, check: () => boolean): Promise<void> {
  const end = performance.now() + 60_000;
  while (!check()) {
    if (performance.now() > end) throw new Error(`not in time: ${what}`);
    await sleep(systemClock, 10);
  }
}

describe('a voice agent', () => {
  it('is told its name and its room, and is warm when it says so', async () => {
    await open({
      command: program("console.log('registered worker', process.env.ROOST_AGENT_ID, process.env.ROOST_ROOM); setInterval(() => {}, 1000)"),
      ready: { log: 'registered worker' },
    });
    await until('a warm agent', () => pool.view(0).ready === 1);
    const lines = launcher.logFor('agent-1').read(50);
    expect(lines.map(({ text }) => text)).toContain('registered worker agent-1 room-of-agent-1');
  });

  it('is warm when its port answers, not before', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((ready) => taken.once('listening', ready));
    const { port } = taken.address() as { port: number };
    await new Promise((closed) => taken.close(closed));
    await open({
      command: program(
        `process.stdin.resume(); setTimeout(() => require('node:net').createServer((s) => s.end()).listen(${port}, '127.0.0.1', () => console.log('listening')), 300)`,
      ),
      ready: { tcp: port },
    });
    expect(pool.view(0).ready).toBe(0);
    await until('a warm agent', () => pool.view(0).ready === 1);
    expect(pool.acquire('voice')?.alive).toBe(true);
  });

  it('is not warm when the question gets no good answer in time', async () => {
    await open({ command: program('setInterval(() => {}, 1000)'), ready: { command: program('process.exit(3)') }, initTimeout: '900ms' });
    await until('a failed start', () => pool.view(0).stats.failedStarts > 0);
    expect(pool.view(0).ready).toBe(0);
  });
});
