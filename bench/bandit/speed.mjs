import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { root } from '../lib/children.mjs';
import { percentile } from '../lib/numbers.mjs';
import { startRedis } from '../lib/redis.mjs';
import { buildEntry } from './core.mjs';

const ms = (value) => `${value.toFixed(3)} ms`;

/** What a decision costs without Redis and with it, and whether two processes at full pace lose anything. */
export async function speed({ check, say, quick }) {
  const url = await buildEntry('bench/bandit/entry.ts');
  const core = await import(url);
  const config = core.configSchema.parse({ coordinator: { feedbackWindow: '1h' } }).coordinator;
  const names = ['npc', 'tools', 'knowledge'];
  const arms = names.map((arm, i) => ({ arm, prior: 0.7 - i / 10, weight: 1, frozen: false }));

  const alone = [];
  for (let i = -200; i < 3_000; i++) {
    const states = Object.fromEntries(
      names.map((arm, k) => [
        arm,
        { n: 20 + i + 200 + k, sum: (12 + ((i + 200) * (6 - k)) / 10) * 1_000_000, sumSq: (10 + ((i + 200) * (5 - k)) / 10) * 1_000_000 },
      ]),
    );
    const started = performance.now();
    core.plan(arms, { intent: null }, { arms: states }, 500, { policy: 'thompson', alpha: 1, warmupPulls: 1_000 });
    if (i >= 0) alone.push(performance.now() - started);
  }
  check('a decision on a state never seen before, without Redis: p99 below 1 ms', ms(percentile(alone, 0.99)), percentile(alone, 0.99) < 1);

  const server = await startRedis();
  try {
    const redis = core.connect({ path: server.path }, 'blocking', 'bench', core.silentLog);
    const store = new core.ArmStore({ redis, keys: core.keysFor('bench'), clock: core.systemClock });
    await redis.ping();
    const [trips, decisions] = [[], []];
    const rounds = quick ? 1_500 : 6_000;
    for (let i = -500; i < rounds; i++) {
      // The bare side writes as much in one round trip: a record of a decision with its counters.
      const bare = async () => {
        const started = performance.now();
        await redis.multi().hset(`bare:${i}`, 'record', 'x'.repeat(900)).hincrby('bare:n', 'n', 1).xadd('bare:log', '*', 'j', 'x'.repeat(900)).exec();
        return performance.now() - started;
      };
      const ours = async () => {
        const started = performance.now();
        await store.choose(`t${i}`, { intent: null }, config);
        return performance.now() - started;
      };
      const pair = i % 2 === 0 ? [await bare(), await ours()] : [await ours(), await bare()].reverse();
      if (i < 0) continue;
      trips.push(pair[0]);
      decisions.push(pair[1]);
      if (i % 7 === 0) await store.rate(`t${i}`, (i % 5) + 1);
    }
    const half = [percentile(trips, 0.5), percentile(decisions, 0.5)];
    const last = [percentile(trips, 0.99), percentile(decisions, 0.99)];
    check(
      'a decision with Redis, p50: at most 1.5 of one round trip that writes as much',
      `${ms(half[1])}, bare ${ms(half[0])}, ratio ${(half[1] / half[0]).toFixed(2)}`,
      half[1] <= 1.5 * half[0],
    );
    check('the same, p99', `${ms(last[1])}, bare ${ms(last[0])}, ratio ${(last[1] / last[0]).toFixed(2)}`, last[1] <= 1.5 * last[0]);
    await redis.flushall();

    const seconds = quick ? 3 : 10;
    const writers = ['a', 'b'].map((name) =>
      fork(join(root, 'bench', 'bandit', 'writer.mjs'), [url, server.path, name, '2000', String(seconds)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }),
    );
    const reports = await Promise.all(writers.map(async (writer) => (await once(writer, 'message'))[0]));
    const sent = reports.reduce((sum, one) => sum + one.sent, 0);
    const rate = sent / Math.max(...reports.map((one) => one.seconds));
    const log = new core.LogStore({ redis, keys: core.keysFor('bench') });
    const { totals } = await log.export();
    const proof = await log.verify();
    check(
      'two processes, each 2,000 decisions and rewards a second: none lost, and the log adds up to the state',
      `${totals.settled} of ${sent} at ${Math.round(rate)}/s together, ${proof.identical ? 'identical' : proof.differences[0]}`,
      totals.settled === sent && proof.identical,
    );
    say('');
    redis.disconnect();
  } finally {
    await server.stop();
  }
}
