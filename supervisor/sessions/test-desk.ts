import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { configSchema } from '../../contract/config.js';
import type { RedisAddress } from '../../contract/messages.js';
import { systemClock } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import type { TurnJob } from '../../core/jobs/queues.js';
import { connect, type Redis } from '../../core/redis/connection.js';
import { keysFor } from '../../core/redis/keys.js';
import { startTestRedis } from '../../core/redis/test-redis.js';
import { QuotaStore } from '../../core/sessions/quota-store.js';
import { SessionStore } from '../../core/sessions/session-store.js';
import { TurnStore } from '../../core/sessions/turn-store.js';
import type { AgentDesk } from '../approvals/agent-desk.js';
import { type FakeIncarnation, FakeLauncher, speakAcp } from '../pool/fake-launcher.js';
import type { SilenceLimits } from '../pool/silence-watch.js';
import { WarmPool } from '../pool/warm-pool.js';
import { Deliveries, type DeliverRequest } from './deliveries.js';
import { Sessions } from './sessions.js';
import type { TurnArchive } from './turn-archive.js';
import type { TurnQueue } from './turn-ends.js';
import { TurnFeed } from './turn-feed.js';
import { Turns } from './turns.js';

/** A queue of turns without BullMQ. */
export class FakeQueue implements TurnQueue {
  readonly jobs = new Map<string, TurnJob & { readonly priority?: number | undefined }>();
  down = false;

  async addTurn(job: TurnJob, priority?: number): Promise<void> {
    if (this.down) throw new Error('Connection is closed.');
    this.jobs.set(job.turnId, { ...job, priority });
  }

  async removeTurn(turnId: string): Promise<boolean> {
    return this.jobs.delete(turnId);
  }

  async hasLiveTurn(turnId: string): Promise<boolean> {
    return this.jobs.has(turnId);
  }
}

/** Sessions, turns and deliveries wired as the supervisor does it: real Redis and time, agents that are fake processes. */
export async function openDesk(
  address: RedisAddress,
  options: {
    size?: number;
    capacity?: number;
    startsPerMinute?: number;
    staleAfter?: string;
    onLaunch?: (child: FakeIncarnation) => void;
    node?: string;
    silence?: SilenceLimits;
    tiers?: object;
    waitingTurns?: number;
    recycle?: object;
    /** How long a cancelled agent may take. */
    grace?: string;
    archive?: Pick<TurnArchive, 'find' | 'rated'>;
    /** What agents get when they ask Roost for something. */
    served?: Partial<AgentDesk>;
  } = {},
) {
  const clock = systemClock;
  const log = silentLog;
  const node = options.node ?? 'n1';
  const config = configSchema.parse({
    templates: { builtin: { builtin: true, initTimeout: '10s', recycle: options.recycle ?? {} }, other: { command: ['x'] } },
    pool: { size: options.size ?? 2, capacity: options.capacity ?? 5 },
    sessions: {
      startsPerMinute: options.startsPerMinute ?? 100,
      staleAfter: options.staleAfter ?? '30m',
      cleanupEvery: '500ms',
      waitingTurns: options.waitingTurns ?? 100,
    },
    tiers: options.tiers ?? {},
    turns: { grace: options.grace ?? '5s' },
  });
  const redis: Redis = connect(address, 'calls', 'desk', log);
  while (redis.status !== 'ready') await new Promise((resolve) => setImmediate(resolve));
  const keys = keysFor('t');
  const launcher = new FakeLauncher(clock, options.onLaunch ?? ((child) => speakAcp(child)));
  const pool = new WarmPool({
    launcher,
    clock,
    random: Math.random,
    log,
    config,
    agentSetup: () => ({ knowledge: [], files: [], providers: [] }),
    dataDir: '/nowhere',
    pidState: launcher.pidState,
    ...(options.silence === undefined ? {} : { silence: options.silence }),
    ...(options.served === undefined ? {} : { deskFor: () => ({ close: async () => undefined, ...options.served }) as AgentDesk }),
    files: { highestNumber: async () => 0, prepare: async (name) => `/w/${name}`, dropEmpty: async () => undefined, pruneLogs: async () => undefined },
  });
  await pool.start();
  const feed = new TurnFeed({ clock });
  const sessionStore = new SessionStore(redis, keys);
  const turnStore = new TurnStore(redis, keys);
  const sessions: Sessions = new Sessions({
    pool,
    store: sessionStore,
    turns: turnStore,
    feed,
    logFor: (name) => launcher.logFor(name),
    clock,
    log,
    config,
    node,
    quota: (userId, tier) => turns.quota(userId, tier),
    roomOf: (agentId) => `room-${agentId}`,
    workspaces: '/w',
    earlier: async () => 0,
  });
  await sessions.start();
  const deliveries = new Deliveries({ config, agents: sessions.agents, pool, turns: turnStore, feed, clock, log });
  const queue = new FakeQueue();
  const rated: unknown[] = [];
  const turns: Turns = new Turns({
    config,
    quotas: new QuotaStore(redis, keys),
    sessions,
    sessionStore,
    store: turnStore,
    queue,
    deliveries,
    feed,
    clock,
    log,
    node,
    ratings: { rate: async (...args) => ({ recorded: rated.push(args) === 1, counted: true, reward: 0.75 }) },
    archive: options.archive ?? { find: async () => undefined, rated: async (turn) => turn },
  });
  turns.start();
  const close = async (): Promise<void> => {
    await turns.stop();
    await deliveries.stop();
    await sessions.stop();
    await pool.stop();
    redis.disconnect();
  };
  return { pool, launcher, feed, sessions, deliveries, turns, queue, redis, keys, sessionStore, turnStore, rated, close };
}

export type Desk = Awaited<ReturnType<typeof openDesk>>;

/** One private Redis for a file of tests, empty before each, and every desk closed after each. */
export function deskHouse(): { open(options?: Parameters<typeof openDesk>[1]): Promise<Desk>; close(desk: Desk): Promise<void> } {
  let server: Awaited<ReturnType<typeof startTestRedis>>;
  let admin: Redis;
  let desks: Desk[] = [];
  beforeAll(async () => {
    server = await startTestRedis();
    admin = connect(server.address, 'blocking', 'admin', silentLog);
  });
  afterAll(async () => {
    admin.disconnect();
    await server.stop();
  });
  beforeEach(() => admin.flushall());
  afterEach(async () => {
    for (const desk of desks) await desk.close();
    desks = [];
  });
  return {
    async open(options = {}) {
      const desk = await openDesk(server.address, options);
      desks.push(desk);
      await eventually(() => expect(desk.pool.view(0).ready).toBe(options.size ?? 2));
      return desk;
    },
    async close(desk) {
      desks = desks.filter((one) => one !== desk);
      await desk.close();
    },
  };
}

/** Polls until the check passes; its last failure at the deadline. */
export async function eventually<T>(check: () => T | Promise<T>, deadlineMs = 60_000): Promise<T> {
  const end = systemClock.monoMs() + deadlineMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (systemClock.monoMs() > end) throw error;
      await new Promise<void>((resolve) => systemClock.after(5, resolve));
    }
  }
}

export const deliverRequest = (turnId: string, sessionId: string, over: Partial<DeliverRequest> = {}): DeliverRequest => ({
  requestId: `r-${turnId}`,
  turnId,
  sessionId,
  arm: 'npc',
  text: 'hi',
  deadlineMs: 10_000,
  ...over,
});

/** Agents that do this with a prompt. */
export const says = (onPrompt: NonNullable<Parameters<typeof speakAcp>[1]>) => ({ onLaunch: (child: FakeIncarnation) => speakAcp(child, onPrompt) });
