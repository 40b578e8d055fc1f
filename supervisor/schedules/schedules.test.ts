import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Bench, benchAt, scheduleWith } from './test-schedules.js';

/** Hours pass here in thousands of steps; how long they take says nothing. */
vi.setConfig({ testTimeout: 60_000 });

let bench: Bench;
afterEach(() => bench.schedules.stop());

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const often = { every: 10_000 };

describe('a schedule', () => {
  test('runs at its time, once, and not for the time before it was known', async () => {
    bench = benchAt('2026-11-21T23:59:58.000Z', { a: scheduleWith({ cron: '0 0 * * *' }) });
    await bench.pass(1_900);
    expect(bench.jobs.added).toEqual([]);
    await bench.pass(200);
    expect(bench.jobs.added).toEqual([`schedule.a.${Date.parse('2026-11-22T00:00Z')}`]);
    bench.jobs.endAll();
    await bench.pass(3 * hourMs);
    expect(bench.jobs.added.length).toBe(1);
    expect(bench.one('a')).toMatchObject({ state: 'active', lastRun: { outcome: 'done', kind: 'due' } });
    expect(bench.one('a').next.map((ms) => new Date(ms).toISOString().slice(5, 16))).toEqual([
      '11-23T00:00',
      '11-24T00:00',
      '11-25T00:00',
      '11-26T00:00',
      '11-27T00:00',
    ]);
  });

  test('beats on its grid', async () => {
    bench = benchAt('2026-11-21T12:00:01Z', { a: scheduleWith({ ...often }) });
    for (let beat = 0; beat < 6; beat++) {
      await bench.pass(10_000);
      bench.jobs.endAll();
    }
    expect(bench.jobs.times('a')).toEqual(['12:00:10', '12:00:20', '12:00:30', '12:00:40', '12:00:50', '12:01:00']);
  });

  test('off for an hour: once makes up for it exactly once, also over two quick restarts', async () => {
    bench = benchAt('2026-11-21T11:50Z', { a: scheduleWith({ cron: '0 * * * *' }), b: scheduleWith({ cron: '0 * * * *', missed: 'skip' }) });
    await bench.pass(20);
    await bench.schedules.stop();
    bench.clock.jumpWall(2.5 * hourMs);
    await bench.restart();
    await bench.restart();
    await bench.pass(2_000);
    expect(bench.jobs.times('a')).toEqual(['14:00:00']);
    expect(bench.jobs.times('b')).toEqual([]);
    expect((await bench.schedules.runs('b', 9))[0]).toMatchObject({ outcome: 'missed', note: expect.stringContaining('3 runs were missed') });
    await bench.pass(hourMs);
    expect(bench.jobs.times('b')).toEqual(['15:00:00']);
  });

  test('a sleep in mid-run is the same: the wall clock jumps, the timers do not tell', async () => {
    bench = benchAt('2026-11-21T03:50Z', { a: scheduleWith({ cron: '0 4 * * *', missed: 'all' }) });
    await bench.pass(1_000);
    bench.clock.jumpWall(3 * 24 * hourMs);
    for (let second = 0; second < 5; second++) {
      await bench.pass(1_100);
      bench.jobs.endAll();
    }
    // A day is the window of all: the one of this morning is ten minutes away.
    expect(bench.jobs.added).toEqual([`schedule.a.${Date.parse('2026-11-23T04:00Z')}`]);
  });

  test('made up for one after another, each after its pause and after the one before', async () => {
    bench = benchAt('2026-11-21T11:50Z', { a: scheduleWith({ cron: '0 * * * *', missed: 'all', stagger: 10_000 }) });
    await bench.pass(1_000);
    bench.clock.jumpWall(3 * hourMs);
    await bench.pass(1_100);
    expect(bench.jobs.times('a')).toEqual(['12:00:00']);
    expect(bench.one('a')).toMatchObject({ inLine: 2, open: 1 });
    await bench.pass(20_000);
    expect(bench.jobs.times('a').length).toBe(1);
    bench.jobs.endAll();
    await bench.pass(2_100);
    bench.jobs.endAll();
    await bench.pass(2_100);
    expect(bench.jobs.times('a')).toEqual(['12:00:00', '13:00:00', '14:00:00']);
  });

  test('a clock set back repeats nothing of a cron rule and does not stop one of intervals', async () => {
    bench = benchAt('2026-11-21T12:59:30Z', { a: scheduleWith({ cron: '0 * * * *' }), b: scheduleWith({ ...often }) });
    await bench.pass(40_000);
    bench.jobs.endAll();
    expect(bench.jobs.times('a')).toEqual(['13:00:00']);
    const before = bench.jobs.times('b').length;
    bench.clock.jumpWall(-hourMs);
    for (let beat = 0; beat < 6 * 62; beat++) {
      await bench.pass(10_000, 10_000);
      bench.jobs.endAll();
    }
    expect(bench.jobs.times('a')).toEqual(['13:00:00']);
    expect(bench.jobs.times('b').length).toBeGreaterThan(before + 365);
    expect(new Set(bench.jobs.added).size).toBe(bench.jobs.added.length);
    await bench.pass(hourMs);
    expect(bench.jobs.times('a')).toEqual(['13:00:00', '14:00:00']);
  });
});

describe('when the run before has not ended', () => {
  test('skip leaves the new one out and says so', async () => {
    bench = benchAt('2026-11-21T12:00:01Z', { a: scheduleWith({ ...often }) });
    await bench.pass(30_000);
    expect(bench.jobs.times('a')).toEqual(['12:00:10']);
    expect((await bench.schedules.runs('a', 9)).map(({ outcome }) => outcome)).toEqual(['skipped', 'skipped', 'waiting']);
    bench.jobs.endAll();
    await bench.pass(10_000);
    expect(bench.jobs.times('a')).toEqual(['12:00:10', '12:00:40']);
  });
  test('queue runs every one of them, one at a time', async () => {
    bench = benchAt('2026-11-21T12:00:01Z', { a: scheduleWith({ ...often, overlap: 'queue' }) });
    await bench.pass(30_000);
    expect(bench.one('a')).toMatchObject({ inLine: 2, open: 1 });
    bench.jobs.endAll();
    await bench.pass(1_100);
    expect(bench.jobs.times('a')).toEqual(['12:00:10', '12:00:20']);
  });
  test('replace asks the old one to stop and runs the newest after it', async () => {
    bench = benchAt('2026-11-21T12:00:01Z', { a: scheduleWith({ ...often, overlap: 'replace' }) });
    await bench.pass(10_100);
    const [first = ''] = bench.jobs.added;
    bench.jobs.set(first, { state: 'running', startedAtMs: 5 });
    await bench.pass(20_000);
    expect(bench.jobs.withdrawn).toEqual([first]);
    bench.jobs.set(first, { state: 'failed', endedAtMs: 9, error: 'cancelled' });
    await bench.pass(1_100);
    expect(bench.jobs.times('a')).toEqual(['12:00:10', '12:00:30']);
    expect((await bench.schedules.runs('a', 9)).map(({ outcome }) => outcome)).toContain('replaced');
  });
});

describe('poison', () => {
  test('a job that took down two processes parks its schedule until a person releases it', async () => {
    bench = benchAt('2026-11-21T12:00:01Z', { a: scheduleWith({ ...often, overlap: 'queue' }) });
    await bench.pass(25_000);
    const [job = ''] = bench.jobs.added;
    bench.jobs.set(job, { deaths: 1 });
    await bench.pass(2_000);
    expect(bench.one('a').state).toBe('active');
    bench.jobs.set(job, { deaths: 2 });
    await bench.pass(2_000);
    expect(bench.one('a')).toMatchObject({ state: 'parked', inLine: 0, next: [], lastRun: { outcome: 'failed' } });
    expect(bench.told[0]).toMatch(/took down the process that ran it 2 times/);
    expect(bench.jobs.looks.has(job)).toBe(false);
    await bench.pass(60_000);
    await bench.restart();
    expect(bench.jobs.added).toEqual([job]);
    await bench.schedules.resume('a');
    await bench.pass(10_100);
    expect(bench.jobs.added.length).toBe(2);
    expect(bench.one('a').state).toBe('active');
  });
});

test('a job that is tried once parks its schedule by killing in two runs after another', async () => {
  bench = benchAt('2026-11-21T12:00:01Z', { a: scheduleWith({ ...often }) });
  await bench.pass(10_100);
  bench.jobs.set(bench.jobs.added[0] ?? '', { state: 'failed', startedAtMs: 1, endedAtMs: 2, error: 'its process died', deaths: 1 });
  await bench.pass(10_000);
  bench.jobs.set(bench.jobs.added[1] ?? '', { state: 'done', startedAtMs: 1, endedAtMs: 2 });
  await bench.pass(10_000);
  bench.jobs.set(bench.jobs.added[2] ?? '', { state: 'failed', startedAtMs: 1, endedAtMs: 2, error: 'its process died', deaths: 1 });
  await bench.pass(10_000);
  expect(bench.one('a').state).toBe('active');
  bench.jobs.set(bench.jobs.added[3] ?? '', { state: 'failed', startedAtMs: 1, endedAtMs: 2, error: 'its process died', deaths: 1 });
  await bench.pass(10_000);
  expect(bench.one('a').state).toBe('parked');
  expect(bench.jobs.added.length).toBe(4);
});

describe('a person', () => {
  test('pauses and resumes: what was left out meanwhile was not missed', async () => {
    bench = benchAt('2026-11-21T12:00:01Z', { a: scheduleWith({ ...often }) });
    await bench.pass(20);
    await bench.schedules.pause('a', 'by a person');
    await bench.pass(hourMs);
    expect(bench.one('a')).toMatchObject({ state: 'paused', why: 'by a person', next: [] });
    await bench.restart();
    expect(bench.one('a').state).toBe('paused');
    await bench.schedules.resume('a');
    await bench.pass(9_000);
    expect(bench.jobs.times('a').length).toBe(1);
  });
  test('runs it now with other data, also while it is paused', async () => {
    bench = benchAt('2026-11-21T12:00:01Z', { a: scheduleWith({ cron: '0 0 1 1 *', data: { size: 1 } }) });
    await bench.pass(20);
    await bench.schedules.pause('a', 'x');
    const run = await bench.schedules.run('a', { size: 7 });
    expect(run).toMatchObject({ kind: 'by-hand', dueMs: null, outcome: 'waiting' });
    expect([...bench.jobs.data.values()]).toEqual([{ size: 7 }]);
    expect(() => bench.schedules.run('a', { size: 'big' })).toThrow(/data.size must be a number, got "big"/);
    expect(() => bench.schedules.run('b', undefined)).toThrow(/no schedule named b; there are a/);
  });
  test('holds Roost: nothing runs, and on release the missed rule decides', async () => {
    bench = benchAt('2026-11-21T12:30Z', { a: scheduleWith({ cron: '0 * * * *' }), b: scheduleWith({ cron: '0 * * * *', missed: 'skip' }) });
    await bench.pass(20);
    bench.world.held = 'Roost is held (hold).';
    await bench.pass(2 * hourMs + 10 * minuteMs);
    expect(bench.jobs.added).toEqual([]);
    expect(bench.one('a').state).toBe('held');
    bench.world.held = undefined;
    await bench.pass(1_100);
    expect(bench.jobs.times('a')).toEqual(['14:00:00']);
    expect(bench.jobs.times('b')).toEqual([]);
  });
  test('edits the rule: the new one begins now; takes it away and back: it begins anew', async () => {
    bench = benchAt('2026-11-21T12:30Z', { a: scheduleWith({ cron: '0 * * * *' }) });
    await bench.pass(20);
    bench.world.config = { a: scheduleWith({ cron: '15 * * * *' }) };
    bench.schedules.apply();
    await bench.pass(hourMs);
    expect(bench.jobs.times('a')).toEqual(['13:15:00']);
    bench.jobs.endAll();
    bench.world.config = {};
    bench.schedules.apply();
    await bench.pass(3 * hourMs);
    expect(bench.views()).toEqual([]);
    bench.world.config = { a: scheduleWith({ cron: '15 * * * *' }) };
    bench.schedules.apply();
    await bench.pass(hourMs);
    expect(bench.jobs.times('a')).toEqual(['13:15:00', '17:15:00']);
  });
});

test('shadow writes down when and with what, and runs nothing', async () => {
  bench = benchAt('2026-11-21T12:00:01Z', { a: scheduleWith({ ...often, mode: 'shadow', data: { size: 3 } }) });
  await bench.pass(25_000);
  expect(bench.jobs.added).toEqual([]);
  expect(await bench.schedules.runs('a', 9)).toMatchObject([
    { kind: 'shadow', outcome: 'shadow', data: { size: 3 } },
    { kind: 'shadow', outcome: 'shadow' },
  ]);
  expect(bench.one('a').state).toBe('shadow');
});

test('what cannot run says so and is tried again when the config changes', async () => {
  bench = benchAt('2026-11-21T12:00:01Z', { a: scheduleWith({ every: 10_000, handler: 'wrok' }), b: scheduleWith({ every: 10_000, queue: 'turns' }) });
  await bench.pass(20_000);
  expect(bench.one('a')).toMatchObject({ state: 'faulty', why: expect.stringContaining('did you mean "work"?') });
  expect(bench.one('b')).toMatchObject({ state: 'faulty', why: expect.stringContaining('queue must be one that a worker consumes, got "turns"') });
  expect(bench.jobs.added).toEqual([]);
  bench.world.config = { a: scheduleWith({ every: 10_000 }) };
  bench.schedules.apply();
  await bench.pass(20_000);
  expect(bench.jobs.added.length).toBe(1);
});

describe('a crash', () => {
  test.each(['after the intent', 'after the job was added'])('%s neither loses nor doubles the run', async (moment) => {
    bench = benchAt('2026-11-21T12:59:50Z', { a: scheduleWith({ cron: '0 * * * *' }) });
    await bench.pass(20);
    let dead = false;
    const die = (): void => {
      dead = true;
      throw new Error('killed');
    };
    if (moment === 'after the intent') {
      const add = bench.jobs.add.bind(bench.jobs);
      bench.jobs.add = async (...args) => (dead ? add(...args) : die());
    } else bench.jobs.afterAdd = () => (dead ? undefined : die());
    await bench.pass(10_050);
    expect(dead).toBe(true);
    expect(bench.store.ledgers.get('a')?.pending).toBeDefined();
    bench.clock.jumpWall(20 * minuteMs);
    await bench.restart();
    await bench.pass(3_000);
    expect(bench.jobs.times('a')).toEqual(['13:00:00']);
    expect(bench.store.ledgers.get('a')?.pending).toBeUndefined();
  });
});

describe('two nodes on one Redis', () => {
  test('one fires; the other shows it and takes over when the first has gone', async () => {
    bench = benchAt('2026-11-21T12:00:01Z', { a: scheduleWith({ ...often }) });
    await bench.pass(20);
    const first = bench.schedules;
    const other = benchAt('2026-11-21T12:00:01Z', bench.world.config);
    await other.schedules.stop();
    bench.store.owners.set('a', 'b');
    await bench.pass(10_500);
    expect(bench.jobs.added).toEqual([]);
    expect(first.view('a')).toMatchObject({ state: 'standby', why: 'The node b runs it.' });
    bench.store.owners.delete('a');
    await bench.pass(15_000);
    expect(bench.jobs.added.length).toBeGreaterThan(0);
    expect(first.view('a').state).toBe('active');
  });
});
