import { appendFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ExitView, Incident, PoolView, ProcessView } from '../../contract/state.js';
import { silentLog } from '../../core/base/log.js';
import { ManualClock } from '../../core/base/manual-clock.js';
import type { Redis } from '../../core/redis/connection.js';
import type { LogLine, LogTail } from '../process/types.js';
import { fakeProcess, fakeState } from '../state/fake-state.js';
import { joined, maxSteps, opened, withStep } from './incident.js';
import { IncidentFile } from './incident-file.js';
import { Incidents, type Recovered } from './incidents.js';
import type { World } from './works.js';

const view = (name: string, change: Partial<ProcessView> = {}): ProcessView => ({
  ...fakeProcess,
  name,
  kind: name === 'redis' ? 'redis' : 'worker',
  ...change,
});
const exitOf = (atMs: number, cause: ExitView['cause'] = 'signal'): ExitView => ({
  atMs,
  cause,
  code: null,
  signal: 'SIGKILL',
  message: `It ended (${cause}).`,
});
const up = { redis: true, api: true, worker: true };
const tail = { read: () => [{ seq: 1, atMs: 0, stream: 'err', text: 'password=x boom' }] } as unknown as LogTail;

let dir: string;
let clock: ManualClock;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'roost-incidents-'));
  clock = new ManualClock();
});
const built: Incidents[] = [];
afterEach(async () => {
  for (const incidents of built.splice(0)) await incidents.saved();
  await rm(dir, { recursive: true, force: true });
});

function build(listed: readonly Incident[] = []) {
  const incidents = new Incidents({
    clock,
    log: silentLog,
    file: new IncidentFile({ path: join(dir, 'incidents.jsonl') }),
    list: { put: async () => undefined, read: async () => [...listed] },
    redis: () => (listed.length > 0 ? ({} as Redis) : undefined),
    logFor: () => tail,
    jobsInHand: () => 3,
    settleMs: 2_000,
  });
  built.push(incidents);
  const recovered: Recovered[] = [];
  incidents.onRecovered((one) => recovered.push(one));
  const world: World = { processes: [], pool: fakeState.pool, health: { required: up }, hold: null, stopping: false };
  const look = (change: Partial<World>): void => incidents.look({ ...world, ...change });
  return { incidents, recovered, look };
}

/** Crashes `name` now and gives what it looks like then. */
const crash = (incidents: Incidents, name: string, cause: ExitView['cause'] = 'signal'): ProcessView => {
  const down = view(name, { state: 'backoff', lastExit: exitOf(clock.wallMs(), cause) });
  incidents.seen(view(name), down);
  return down;
};

describe('one disturbance', () => {
  it('is one record from the crash to the proof that everything works, with evidence, actions and jobs', async () => {
    const { incidents, recovered, look } = build();
    const redis = crash(incidents, 'redis');
    look({ processes: [redis, view('worker-turns')], health: { required: { ...up, redis: false } } });
    await clock.advance(400);
    // The worker falls over the same thing: it joins.
    const worker = crash(incidents, 'worker-turns', 'crash');
    incidents.requeued('turns', 2, 0);
    await clock.advance(800);
    const redisUp = view('redis', { restarts: 1, lastExit: redis.lastExit });
    incidents.seen(redis, redisUp);
    look({ processes: [redisUp, worker], health: { required: { ...up, worker: false } } });
    await clock.advance(300);
    const workerUp = view('worker-turns', { restarts: 1, lastExit: worker.lastExit });
    incidents.seen(worker, workerUp);
    look({ processes: [redisUp, workerUp] });
    await clock.advance(1_900);
    look({ processes: [redisUp, workerUp] });
    expect(incidents.summaries(5)).toMatchObject([{ status: 'open' }]);
    await clock.advance(200);
    look({ processes: [redisUp, workerUp] });

    expect(incidents.total).toBe(1);
    const incident = incidents.get(incidents.summaries(1)[0]?.id ?? '');
    expect(incident).toMatchObject({
      status: 'resolved',
      recoveryMs: 1_500,
      trigger: { process: 'redis', cause: 'signal' },
      processes: ['redis', 'worker-turns'],
      jobs: { inHand: 3, requeued: 2, setAside: 0 },
      restarts: 2,
      evidence: [
        { process: 'redis', exit: { signal: 'SIGKILL' }, lines: ['password=*** boom'] },
        { process: 'worker-turns', exit: { cause: 'crash' } },
      ],
    });
    expect(incident.timeline.map(({ kind }) => kind)).toEqual(['down', 'down', 'requeued', 'restart', 'up', 'restart', 'up', 'resolved']);
    expect(recovered).toMatchObject([{ cause: 'signal', recoveryMs: 1_500 }]);
    await incidents.saved();
    const again = build().incidents;
    await again.load();
    expect(again.get(incident.id)).toEqual(incident);
  });

  it('began with the last sign and not with the verdict: both are told, the recovery counts from the first', async () => {
    const { incidents, recovered, look } = build();
    await clock.advance(60_000);
    const verdictMs = clock.wallMs();
    const stalled = (name: string, silentMs: number): ProcessView =>
      view(name, { state: 'backoff', lastExit: { ...exitOf(verdictMs + 900, 'stalled'), lastSignAtMs: verdictMs - silentMs, detectedAtMs: verdictMs } });
    const worker = stalled('worker-turns', 31_000);
    incidents.seen(view('worker-turns'), worker);
    await clock.advance(1_500);
    // Found later and hanging for longer: the story began with it.
    const service = stalled('api', 45_000);
    incidents.seen(view('api'), service);
    for (let second = 0; second < 4; second++) {
      look({ processes: [view('worker-turns', { lastExit: worker.lastExit }), view('api', { lastExit: service.lastExit })] });
      await clock.advance(1_000);
    }
    const incident = incidents.get(incidents.summaries(1)[0]?.id ?? '');
    expect(incident).toMatchObject({ beganAtMs: verdictMs - 45_000, detectedAtMs: verdictMs, openedAtMs: verdictMs, recoveryMs: 46_500 });
    expect(incident.timeline.map(({ atMs, kind, process }) => [atMs - verdictMs, kind, process]).slice(0, 3)).toEqual([
      [-45_000, 'last-sign', 'api'],
      [-31_000, 'last-sign', 'worker-turns'],
      [0, 'stalled', 'worker-turns'],
    ]);
    expect(recovered).toMatchObject([{ recoveryMs: 46_500 }]);
  });

  it('is not over while it comes and goes', async () => {
    const { incidents, look } = build();
    for (let round = 0; round < 3; round++) {
      crash(incidents, 'worker-turns');
      await clock.advance(500);
      look({ processes: [view('worker-turns')] });
      await clock.advance(1_500);
      look({ processes: [view('worker-turns')] });
    }
    expect(incidents.total).toBe(1);
    expect(incidents.summaries(1)).toMatchObject([{ status: 'open', resolvedAtMs: null }]);
  });

  it.each<[string, ExitView['cause']]>([
    ['a stop by hand', 'deliberate'],
    ['a planned renewal', 'recycled'],
  ])('%s is none', (_name, cause) => {
    const { incidents } = build();
    crash(incidents, 'worker-turns', cause);
    expect(incidents.total).toBe(0);
  });

  it('a worker that a person stops during one does not keep it open for ever', async () => {
    const { incidents, look } = build();
    const redis = crash(incidents, 'redis');
    const redisUp = view('redis', { lastExit: redis.lastExit });
    const stopped = view('worker-turns', { state: 'stopped', lastExit: exitOf(1, 'deliberate') });
    const world = { processes: [redisUp, stopped], health: { required: { ...up, worker: false } } };
    look(world);
    await clock.advance(2_000);
    look(world);
    expect(incidents.summaries(1)).toMatchObject([{ status: 'resolved' }]);
  });

  it('dead agents are one until the pool is full again, and replacements are counted', async () => {
    const { incidents, look } = build();
    const slot = (agentId: string): PoolView['slots'][number] => ({
      agentId,
      template: 'b',
      state: 'ready',
      pid: 1,
      sessionId: null,
      sinceMs: 0,
      startupMs: 1,
      rssBytes: null,
      detail: '',
    });
    const pool = (names: string[]): PoolView => ({ ...fakeState.pool, target: 3, ready: names.length, slots: names.map(slot) });
    look({ pool: pool(['agent-1', 'agent-2', 'agent-3']) });
    for (const agentId of ['agent-1', 'agent-2']) incidents.poolEvent({ kind: 'agent-died', agentId, template: 'b', message: 'killed', cause: 'signal' });
    look({ pool: pool(['agent-3']) });
    await clock.advance(1_000);
    look({ pool: pool(['agent-3', 'agent-4', 'agent-5']) });
    await clock.advance(2_000);
    look({ pool: pool(['agent-3', 'agent-4', 'agent-5']) });
    expect(incidents.summaries(2)).toMatchObject([{ status: 'resolved', recoveryMs: 1_000, agentsReplaced: 2, processes: ['agent-1', 'agent-2'] }]);
  });
});

describe('a pool in a quiet hour', () => {
  it('stayed open for ever once fewer agents were kept than the target says: now it ends when those are warm', async () => {
    const { incidents, look } = build();
    const quiet = (ready: number, wanted: number): PoolView => ({
      ...fakeState.pool,
      target: 3,
      ready,
      templates: [{ template: fakeState.pool.template, target: 3, wanted, ready, starting: 0, assigned: 0, estimateBytes: 1, trouble: null }],
    });
    look({ pool: quiet(1, 1) });
    incidents.poolEvent({ kind: 'suspended', template: 'b', message: 'Agents of template b do not start.' });
    look({ pool: quiet(0, 1) });
    await clock.advance(1_000);
    look({ pool: quiet(1, 2) });
    await clock.advance(2_000);
    look({ pool: quiet(1, 2) });
    expect(incidents.summaries(1)).toMatchObject([{ status: 'open' }]);
    look({ pool: quiet(1, 1) });
    await clock.advance(2_000);
    look({ pool: quiet(1, 1) });
    expect(incidents.summaries(1)).toMatchObject([{ status: 'resolved' }]);
  });
});

describe('the last lines of a process that keeps dying', () => {
  it('are of each life its own, told with its number and its time', async () => {
    const { incidents } = build();
    await clock.advance(60_000);
    const life = async (number: number, before: ProcessView): Promise<ProcessView> => {
      const startedAtMs = clock.wallMs();
      said.push({ seq: said.length, atMs: startedAtMs, stream: 'err', text: `life ${number}` });
      await clock.advance(4_000);
      const lastExit = { ...exitOf(clock.wallMs(), 'crash'), life: { number, startedAtMs } };
      await clock.advance(500);
      // The next one has begun and spoken already when this one's end is told.
      said.push({ seq: said.length, atMs: clock.wallMs(), stream: 'roost', text: `started ${number + 1}` });
      const again = view('api', { kind: 'service', incarnation: number + 1, startedAtMs: clock.wallMs(), lastExit });
      incidents.seen(before, again);
      return again;
    };
    const { read } = tail;
    const said: LogLine[] = [];
    Object.assign(tail, { read: () => said });
    const first = await life(1, view('api', { kind: 'service' }));
    const second = await life(2, first);
    await life(3, second);
    Object.assign(tail, { read });
    const { evidence } = incidents.get(incidents.summaries(1)[0]?.id ?? '');
    expect(evidence.map(({ lines, exit, atMs }) => [lines, exit?.life?.number, atMs === exit?.atMs])).toEqual([
      [['life 1'], 1, true],
      [['roost: started 2', 'life 2'], 2, true],
      [['roost: started 3', 'life 3'], 3, true],
    ]);
  });
});

describe('several disturbances', () => {
  it('a service that keeps failing for hours does not swallow the stories of others', async () => {
    const { incidents, recovered, look } = build();
    const service = view('api', { kind: 'service', state: 'quarantined', lastExit: exitOf(clock.wallMs(), 'crash') });
    incidents.seen(view('api', { kind: 'service' }), service);
    look({ processes: [service, view('worker-turns')] });
    await clock.advance(3_600_000);
    // Its own next try is no new story.
    const again = { ...service, lastExit: exitOf(clock.wallMs(), 'crash') };
    incidents.seen(service, again);
    const worker = crash(incidents, 'worker-turns');
    look({ processes: [again, worker] });
    await clock.advance(400);
    const workerUp = view('worker-turns', { restarts: 1, lastExit: worker.lastExit });
    incidents.seen(worker, workerUp);
    for (let second = 0; second < 4; second++) {
      look({ processes: [again, workerUp] });
      await clock.advance(1_000);
    }
    expect(incidents.summaries(5)).toMatchObject([
      { processes: ['worker-turns'], status: 'resolved', recoveryMs: 400, restarts: 1 },
      { processes: ['api'], status: 'open' },
    ]);
    expect(recovered).toMatchObject([{ recoveryMs: 400 }]);
    expect(incidents.open).toBe(true);
  });

  it('what falls while Redis is away, or just after, is its story; a minute after its return it is not', async () => {
    const { incidents } = build();
    const redis = crash(incidents, 'redis');
    await clock.advance(120_000);
    crash(incidents, 'worker-turns');
    incidents.seen(redis, view('redis', { restarts: 1, lastExit: redis.lastExit }));
    await clock.advance(20_000);
    crash(incidents, 'worker-jobs');
    await clock.advance(60_000);
    crash(incidents, 'api');
    expect(incidents.summaries(5).map(({ processes }) => processes)).toEqual([['api'], ['redis', 'worker-turns', 'worker-jobs']]);
  });

  it('a parked schedule is a story until it is released, and is told once', async () => {
    const { incidents, look } = build();
    const parked = { name: 'nightly', state: 'parked', why: 'Its job took down the process that ran it 2 times.', sinceMs: clock.wallMs() } as const;
    for (let second = 0; second < 5; second++) {
      look({ schedules: [parked] });
      await clock.advance(1_000);
    }
    expect(incidents.summaries(5)).toMatchObject([{ status: 'open', trigger: { process: 'schedule nightly' }, jobs: { inHand: 0 } }]);
    await incidents.saved();
    const next = build();
    await next.incidents.load();
    next.look({ schedules: [parked] });
    expect(next.incidents.total).toBe(1);
    look({ schedules: [{ ...parked, state: 'active' }] });
    await clock.advance(2_000);
    look({ schedules: [] });
    expect(incidents.summaries(5)).toMatchObject([{ status: 'resolved', recoveryMs: 5_000 }]);
  });

  it('back in line goes to the story of the worker, not to the newest', async () => {
    const { incidents } = build();
    crash(incidents, 'worker-turns');
    await clock.advance(60_000);
    crash(incidents, 'api');
    incidents.requeued('turns', 2, 0);
    expect(incidents.summaries(5).map(({ processes, jobs }) => [processes[0], jobs.requeued])).toEqual([
      ['api', 0],
      ['worker-turns', 2],
    ]);
  });
});

describe('the record', () => {
  const disturbance = { atMs: 1, process: 'redis', exit: null, message: 'm', lines: [], kind: 'down' } as const;

  it('stays bounded and says how much it left out', () => {
    let incident: Incident = opened('i', disturbance, 0);
    for (let n = 0; n < 300; n++) incident = joined(incident, { ...disturbance, atMs: n });
    expect(incident.timeline).toHaveLength(maxSteps);
    expect(incident.dropped).toBe(201);
    expect(incident.timeline.at(-1)?.atMs).toBe(299);
    expect(incident.evidence.length).toBeLessThanOrEqual(10);
  });

  it('of a run that died is closed at the next start without an invented time', async () => {
    const { incidents } = build();
    crash(incidents, 'redis');
    await incidents.saved();
    const next = build().incidents;
    await next.load();
    expect(next.summaries(1)).toMatchObject([{ status: 'resolved', recoveryMs: null }]);
  });

  it('of an earlier version began when it was opened', async () => {
    const path = join(dir, 'old.jsonl');
    const { beganAtMs: _began, detectedAtMs: _detected, ...old } = opened('i-1', disturbance, 0);
    await appendFile(path, `${JSON.stringify(old)}\n[7]\n`);
    expect(await new IncidentFile({ path }).read()).toEqual([{ ...old, beganAtMs: 1, detectedAtMs: 1 }]);
  });

  it('survives a line that was cut off, and rotates', async () => {
    const path = join(dir, 'f.jsonl');
    const file = new IncidentFile({ path, maxBytes: 2_000 });
    await file.append(opened('i-1', disturbance, 0));
    await appendFile(path, '{"id":"i-2","sta');
    await file.append(withStep(opened('i-3', { ...disturbance, atMs: 5 }, 0), { atMs: 9, kind: 'note', process: 'x', message: 'y' }));
    expect((await file.read()).map(({ id }) => id)).toEqual(['i-3', 'i-1']);
    for (let n = 4; n < 30; n++) await file.append(opened(`i-${n}`, disturbance, 0));
    expect((await stat(path)).size).toBeLessThan(4_000);
    expect((await readFile(`${path}.1`, 'utf8')).length).toBeGreaterThan(1_000);
  });
});

describe('the death of Roost itself', () => {
  it('is an incident from its next start until everything is proved and warm', async () => {
    const { incidents, recovered, look } = build();
    incidents.ownDeath({ aliveAtMs: clock.wallMs() - 7_000, message: 'Roost itself ended.', lines: ['It ran: redis.'] });
    incidents.requeued('turns', 3, 0);
    look({ health: { required: { ...up, worker: false } } });
    await clock.advance(3_000);
    look({ pool: { ...fakeState.pool, ready: 0, target: 3, waiting: 0 } });
    await clock.advance(1_000);
    expect(recovered).toEqual([]);
    for (let second = 0; second < 4; second++) {
      look({});
      await clock.advance(1_000);
    }
    // Seven seconds of it were before anybody could know.
    expect(recovered).toMatchObject([{ recoveryMs: 11_000, cause: 'crash' }]);
    const [summary] = incidents.summaries(1);
    expect(summary).toMatchObject({ trigger: { process: 'roost' }, jobs: { requeued: 3 }, status: 'resolved' });
    expect(incidents.get(summary?.id ?? '').evidence).toEqual([{ process: 'roost', exit: null, lines: ['It ran: redis.'], atMs: summary?.detectedAtMs }]);
  });
});

describe('what earlier runs left', () => {
  const old = (id: string): Incident => opened(id, { atMs: 5, process: 'redis', exit: null, message: 'm', lines: [], kind: 'down' }, 0);

  it('comes from Redis where the file is lost, and what was open is over', async () => {
    const { incidents } = build([old('i-far')]);
    await incidents.load();
    await incidents.recall();
    expect(incidents.summaries(9)).toMatchObject([{ id: 'i-far' }]);
    expect(incidents.summaries(9)[0]?.status).not.toBe('open');
  });

  it('comes from the file alone where there is one', async () => {
    const { incidents } = build([old('i-far')]);
    await incidents.load();
    crash(incidents, 'redis');
    const before = incidents.summaries(9);
    expect(before).toHaveLength(1);
    await incidents.recall();
    expect(incidents.summaries(9)).toEqual(before);
  });
});
