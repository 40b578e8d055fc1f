import { describe, expect, it } from 'vitest';
import { freshNotificationMemory, type Notice, type NotificationMemory, notificationPlan, type Trouble, troublesOf } from './notification-plan.js';
import { exit, process, state } from './test-state.js';

const trouble = (key: string, settleMs = 400): Trouble => ({
  key,
  subject: key,
  title: `${key} is down`,
  body: `${key} was killed.`,
  place: `/processes/${key}`,
  settleMs,
});

/** Plays troubles over time, looking again exactly when the plan asks to, and returns what was shown when. */
function play(
  steps: readonly { readonly atMs: number; readonly troubles: readonly Trouble[] }[],
  untilMs: number,
): { readonly atMs: number; readonly notice: Notice }[] {
  const shown: { atMs: number; notice: Notice }[] = [];
  let memory: NotificationMemory = freshNotificationMemory;
  let againAt = Number.POSITIVE_INFINITY;
  let troubles: readonly Trouble[] = [];
  const queue = [...steps];
  for (let round = 0; round < 1_000; round++) {
    const next = Math.min(againAt, queue[0]?.atMs ?? Number.POSITIVE_INFINITY);
    if (next > untilMs) return shown;
    if (queue[0]?.atMs === next) troubles = queue.shift()?.troubles ?? [];
    const plan = notificationPlan(memory, troubles, next);
    memory = plan.memory;
    againAt = plan.againInMs === null ? Number.POSITIVE_INFINITY : next + plan.againInMs;
    if (plan.show !== null) shown.push({ atMs: next, notice: plan.show });
  }
  throw new Error('the plan asks to look again without end');
}

describe('notificationPlan', () => {
  it('is silent while all is well', () => expect(play([{ atMs: 0, troubles: [] }], 60_000)).toEqual([]));

  it('tells what went down and that it is back, once each', () => {
    const shown = play(
      [
        { atMs: 0, troubles: [trouble('Redis')] },
        { atMs: 100, troubles: [trouble('Redis')] },
        { atMs: 3_400, troubles: [] },
      ],
      60_000,
    );
    expect(shown).toEqual([
      { atMs: 400, notice: { kind: 'down', title: 'Redis is down', body: 'Redis was killed.', place: '/processes/Redis' } },
      { atMs: 4_400, notice: { kind: 'clear', title: 'Redis is back', body: 'It recovered after 3.4 s. Everything required is up.', place: '/incidents' } },
    ]);
  });

  it('does not tell what has passed before it settled', () =>
    expect(
      play(
        [
          { atMs: 0, troubles: [trouble('Redis')] },
          { atMs: 300, troubles: [] },
        ],
        60_000,
      ),
    ).toEqual([]));

  it('groups a burst into one notification and one all-clear', () => {
    const shown = play(
      [
        { atMs: 0, troubles: [trouble('Redis')] },
        { atMs: 200, troubles: [trouble('Redis'), trouble('worker-a'), trouble('worker-b')] },
        { atMs: 2_000, troubles: [trouble('worker-b')] },
        { atMs: 5_000, troubles: [] },
      ],
      60_000,
    );
    expect(shown.map((one) => [one.atMs, one.notice.title])).toEqual([
      [400, '3 things need attention'],
      [6_000, 'All clear'],
    ]);
    expect(shown[1]?.notice.body).toBe('Redis, worker-a and worker-b recovered after 5.0 s. Everything required is up.');
  });

  it('lists at most four lines', () => {
    const notice = play([{ atMs: 0, troubles: ['a', 'b', 'c', 'd', 'e', 'f'].map((key) => trouble(key)) }], 1_000)[0]?.notice;
    expect(notice?.body.split('\n')).toHaveLength(5);
    expect(notice?.body).toContain('and 2 more');
  });

  it('waits longer for what only a probe saw', () => {
    expect(
      play(
        [
          { atMs: 0, troubles: [trouble('api', 5_000)] },
          { atMs: 4_000, troubles: [] },
        ],
        60_000,
      ),
    ).toEqual([]);
    expect(play([{ atMs: 0, troubles: [trouble('api', 5_000)] }], 60_000).map((one) => one.atMs)).toEqual([5_000]);
  });

  it('does not chatter about a process that goes up and down every two seconds', () => {
    const steps = Array.from({ length: 30 }, (_, index) => ({ atMs: index * 2_000, troubles: index % 2 === 0 ? [trouble('worker')] : [] }));
    const down = play(steps, 60_000).filter((one) => one.notice.kind === 'down');
    expect(down.length).toBeLessThanOrEqual(4);
    expect(down.length).toBeGreaterThanOrEqual(2);
  });

  it('is told once that a process was given up, after it was told that it is down', () => {
    const shown = play(
      [
        { atMs: 0, troubles: [trouble('worker')] },
        { atMs: 30_000, troubles: [trouble('worker:given-up')] },
      ],
      120_000,
    );
    expect(shown.map((one) => one.notice.title)).toEqual(['worker is down', 'worker:given-up is down']);
  });

  it('does not say all clear while something else is still wrong', () => {
    const shown = play(
      [
        { atMs: 0, troubles: [trouble('a'), trouble('b')] },
        { atMs: 1_000, troubles: [trouble('b')] },
      ],
      60_000,
    );
    expect(shown.map((one) => one.notice.kind)).toEqual(['down']);
  });
});

describe('troublesOf', () => {
  const down = [{ code: 'worker-down', process: 'worker-turns', message: 'x', runbook: 'worker-down' }];
  const reason = (code: string, about: string) => ({ code, process: about, message: `${code}!`, runbook: code });
  it('tells of a schedule that was parked, and of no other state of one', () => {
    const one = { name: 'nightly', why: 'It took down the process that ran it 2 times.' };
    const told = (scheduleState: string) =>
      troublesOf({ ...state({}), schedules: [{ ...one, state: scheduleState }] as never }).map(({ title, body }) => `${title}: ${body}`);
    expect(told('parked')).toEqual(['The schedule nightly is parked: It took down the process that ran it 2 times.']);
    expect(['active', 'shadow', 'paused', 'held', 'standby', 'faulty'].flatMap(told)).toEqual([]);
  });
  const keys = (options: Parameters<typeof state>[0]) => troublesOf(state(options)).map((one) => one.key);

  it.each([
    ['a crash', process('worker-turns', { state: 'backoff', lastExit: exit('signal') }), ['worker-turns']],
    ['its restart, until it runs', process('worker-turns', { state: 'starting', lastExit: exit('signal') }), ['worker-turns']],
    ['a stall', process('worker-turns', { state: 'starting', lastExit: exit('stalled') }), ['worker-turns']],
    ['quarantine', process('worker-turns', { state: 'quarantined', lastExit: exit('crash') }), ['worker-turns:given-up']],
    ['back just now, quicker than a picture', process('worker-turns', { state: 'running', uptimeMs: 130, lastExit: exit('signal') }), ['worker-turns']],
    ['running again', process('worker-turns', { state: 'running', uptimeMs: 2_000, lastExit: exit('signal') }), []],
    ['restarted by a click just now', process('worker-turns', { state: 'running', uptimeMs: 130, lastExit: exit('deliberate') }), []],
    ['a click on restart', process('worker-turns', { state: 'starting', lastExit: exit('deliberate') }), []],
    ['a click on stop', process('worker-turns', { state: 'stopped', lastExit: exit('deliberate') }), []],
    ['recycling', process('worker-turns', { state: 'starting', lastExit: exit('recycled') }), []],
    ['an agent', process('agent-1', { kind: 'agent', state: 'backoff', lastExit: exit('signal') }), []],
    ['an optional service', process('extra', { kind: 'service', required: false, state: 'backoff', lastExit: exit('signal') }), []],
  ] as const)('%s', (_, one, expected) => expect(keys({ status: 'down', reasons: down, processes: [one] })).toEqual(expected));

  it('says nothing while starting but for what was given up', () => {
    const starting = [reason('starting', 'roost'), reason('redis-down', 'redis'), reason('api-down', 'api')];
    expect(keys({ status: 'down', reasons: starting, processes: [process('redis', { kind: 'redis', state: 'backoff', lastExit: exit('crash') })] })).toEqual(
      [],
    );
    expect(keys({ status: 'down', reasons: starting, processes: [process('redis', { kind: 'redis', state: 'failed', lastExit: exit('crash') })] })).toEqual([
      'redis:given-up',
    ]);
  });

  it('says nothing while stopping', () =>
    expect(
      keys({
        status: 'down',
        reasons: [reason('stopping', 'roost')],
        processes: [process('redis', { kind: 'redis', state: 'backoff', lastExit: exit('signal') })],
      }),
    ).toEqual([]));

  it('tells a worker that runs and fetches nothing, a hung Redis and a closed API', () => {
    const running = [process('redis', { kind: 'redis' }), process('worker-turns')];
    expect(
      keys({
        status: 'down',
        reasons: [reason('worker-unproved', 'worker-turns'), reason('redis-down', 'redis'), reason('api-down', 'api')],
        processes: running,
      }),
    ).toEqual(['worker-turns:worker-unproved', 'redis:redis-down', 'api:api-down']);
  });

  it('does not tell one fault twice', () => {
    expect(
      keys({
        status: 'down',
        reasons: [reason('redis-down', 'redis')],
        processes: [process('redis', { kind: 'redis', state: 'backoff', lastExit: exit('signal') })],
      }),
    ).toEqual(['redis']);
  });

  it('says why it ended, also while the next start is under way', () => {
    for (const now of ['backoff', 'starting'] as const) {
      const one = process('worker-turns', { state: now, detail: 'Started; proving that it works.', lastExit: exit('signal', 'it was killed') });
      expect(troublesOf(state({ processes: [one] }))[0]?.body, now).toBe('It was killed.');
    }
  });

  it('shows what a program wrote as one plain line', () => {
    const one = process('worker-turns', { state: 'backoff', lastExit: exit('crash', `a\u001b[2J\nb\u202ec ${'x'.repeat(1_000)}`) });
    const body = troublesOf(state({ processes: [one] }))[0]?.body ?? '';
    expect(body).toMatch(/^A \[2J b c x+$/);
    expect(body.length).toBeLessThanOrEqual(240);
  });
});
