import { useMemo } from 'react';
import type { Sample } from '../../../contract/state.js';
import { useScreen, useSlice } from '../../client/roost.js';
import { bytesText, countText, shareText } from '../../format/numbers.js';
import { durationText } from '../../format/time.js';
import type { Tone } from '../../format/tones.js';
import { isStartingUp } from '../../format/wording.js';
import { Stat } from '../../ui/Stat.js';

const trendPoints = 120;
const everyMs = 5_000;

/** The six numbers an operator looks at first. */
export function StatStrip() {
  const health = useSlice('health');
  const startingUp = isStartingUp(health, useSlice('processes'));
  const samples = useScreen((screen) => screen.samples);
  const last = samples.at(-1);
  const trends = useMemo(() => {
    const recent = thinned(samples);
    return {
      queue: recent.map((sample) => Object.values(sample.queues).reduce((sum, queue) => sum + queue.waiting, 0)),
      sessions: recent.map((sample) => sample.pool.assigned),
      latency: recent.map((sample) => sample.turnP50Ms),
      memory: recent.map((sample) => sample.rssBytes),
      ready: recent.map((sample) => sample.pool.ready),
    };
  }, [samples]);
  const queues = Object.values(health.queues);
  const waiting = queues.reduce((sum, queue) => sum + queue.waiting, 0);
  const active = queues.reduce((sum, queue) => sum + queue.active, 0);
  const oldestMs = queues.reduce<number | null>(
    (oldest, queue) => (queue.oldestWaitingMs === null ? oldest : Math.max(oldest ?? 0, queue.oldestWaitingMs)),
    null,
  );
  const { sessions } = health;
  const wanted = Math.min(sessions.target, sessions.wanted ?? sessions.target);
  const poolTone: Tone | undefined = startingUp || sessions.pool >= wanted ? undefined : sessions.pool === 0 ? 'bad' : 'warn';
  return (
    <dl className="stats">
      <Stat
        name="Warm agents"
        value={countText(sessions.pool)}
        context={`${wanted < sessions.target ? `${wanted} kept while it is quiet, ` : ''}target ${sessions.target}${sessions.starting > 0 ? `, ${sessions.starting} warming up` : ''}`}
        trend={trends.ready}
        {...(poolTone === undefined ? {} : { tone: poolTone })}
      />
      <Stat
        name="Active sessions"
        value={countText(sessions.active)}
        context={sessions.waiting > 0 ? `${sessions.waiting} waiting in line` : `room for ${countText(Math.max(0, sessions.capacity - sessions.active))} more`}
        trend={trends.sessions}
      />
      <Stat
        name="Jobs waiting"
        value={countText(waiting)}
        context={oldestMs !== null && waiting > 0 ? `oldest ${durationText(oldestMs)}` : `${countText(active)} in work`}
        trend={trends.queue}
        {...(waiting > 100 ? { tone: 'warn' as const } : {})}
      />
      <Stat name="Median turn" value={durationText(last?.turnP50Ms ?? null)} context="last minute" trend={trends.latency} />
      <Stat name="Failed turns" value={shareText(health.errorRate)} context="last 5 minutes" {...(health.errorRate > 0.1 ? { tone: 'bad' as const } : {})} />
      <Stat name="Memory" value={bytesText(last?.rssBytes ?? null)} context="Roost itself" trend={trends.memory} />
    </dl>
  );
}

/** One sample of every five seconds: the trend is as wide as a thumb. */
function thinned(samples: readonly Sample[]): readonly Sample[] {
  return samples.filter((sample, index) => Math.floor(sample.atMs / everyMs) !== Math.floor((samples[index - 1]?.atMs ?? 0) / everyMs)).slice(-trendPoints);
}
