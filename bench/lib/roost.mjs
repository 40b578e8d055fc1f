import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { built, end, firstLine, firstMessage, removeDir, start, startForked, tempDir } from './children.mjs';
import { HttpClient } from './http.mjs';
import { inspectorUrl } from './inspector.mjs';

/** `roost up` on a fresh data directory; resolves at the ready line. @param {string} [config] text of roost.yaml @param {{ inspect?: boolean }} [options] */
export async function startHost(config, { inspect = false } = {}) {
  const dataDir = tempDir();
  if (config !== undefined) writeFileSync(join(dataDir, 'roost.yaml'), config);
  const nodeArgs = inspect ? ['--inspect=127.0.0.1:0'] : [];
  const child = start(process.execPath, [...nodeArgs, built('headless'), '--data-dir', dataDir, '--no-open'], { cwd: dataDir });
  const startedMs = performance.now();
  const inspected = inspect ? inspectorUrl(child) : undefined;
  await firstLine(child, (line) => line.startsWith('roost ready '));
  const readyMs = performance.now() - startedMs;
  const { url, token } = JSON.parse(readFileSync(join(dataDir, 'control.json'), 'utf8'));
  const http = new HttpClient(url, token);
  return {
    http,
    url,
    token,
    pid: child.pid,
    dataDir,
    readyMs,
    /** With `inspect`: where to look into it. */
    inspectorUrl: await inspected,
    stop: async () => {
      http.close();
      await end(child, 'SIGTERM', 40_000);
      removeDir(dataDir);
    },
  };
}

/** What the supervisor sends of the config: the settings in force when there is no file, as milliseconds. */
const coordinator = {
  policy: 'thompson',
  alpha: 1,
  warmupPulls: 1_000,
  warmup: 'gradual',
  floor: 0.02,
  priorCount: 10,
  memory: { halfLife: 'never', window: 'all' },
  rewards: { model: 'graded', answered: 0.5, speed: 0.5, implicitWeight: 0.5 },
  feedbackWindow: 600_000,
  latencyBudget: 30_000,
  intents: {},
  keepDays: 30,
  arms: { npc: { prior: 0.7, weight: 1, frozen: false }, tools: { prior: 0.6, weight: 1, frozen: false }, knowledge: { prior: 0.5, weight: 1, frozen: false } },
};

/** Our worker process without a supervisor; resolves when it consumes. */
export async function startWorker({ redis, prefix = 'bench', node = 'n0', queues = ['turns', 'coach'], concurrency = 10 }) {
  const child = startForked(built('queue-worker'));
  const ready = firstMessage(child, (message) => message.type === 'ready');
  // A start message that does not fit the contract is logged and dropped: without this the bench would wait in vain.
  const overdue = setTimeout(() => child.kill('SIGKILL'), 10_000);
  child.send({
    type: 'start',
    incarnation: 1,
    worker: 'bench',
    node,
    prefix,
    redis: { path: redis.path },
    queues,
    concurrency,
    coordinator,
    turnDeadlineMs: 600_000,
  });
  await ready;
  clearTimeout(overdue);
  return { child, stop: () => end(child) };
}

/** Those of supervisor/process/lean-flags.ts: the same agent, or it would be no comparison. */
const leanFlags = ['--no-opt', '--max-semi-space-size=1', '--single-threaded-gc'];

/** Our agent without a pool, with the same flags and in a group of its own as there; resolves when its first session is open. */
export async function startAgent() {
  const dir = tempDir();
  const child = start(process.execPath, [...leanFlags, built('agent')], { cwd: dir, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  const say = (id, method, params) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
  const hello = firstLine(child, (line) => JSON.parse(line).id === 1);
  say(1, 'initialize', { protocolVersion: 1, clientCapabilities: {} });
  await hello;
  const session = firstLine(child, (line) => JSON.parse(line).id === 2);
  say(2, 'session/new', { cwd: dir, mcpServers: [] });
  const answer = JSON.parse(await session);
  if (answer.error !== undefined) throw new Error(`session/new: ${answer.error.message}`);
  const stop = async () => {
    await end(child);
    removeDir(dir);
  };
  return { child, stop };
}

/** Resolves when the pool has this many warm agents and nothing under way. */
export const poolSettled = async (http, size, without) => {
  const pool = await http.get('/api/pool');
  const warm = pool.slots.filter((slot) => slot.state === 'ready' && slot.pid !== without);
  return warm.length >= size && (without !== undefined || pool.slots.every((slot) => slot.state === 'ready')) ? pool : undefined;
};
