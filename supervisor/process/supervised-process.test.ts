import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RoostError } from '../../contract/errors.js';
import { silentLog } from '../../core/base/log.js';
import { ManualClock } from '../../core/base/manual-clock.js';
import { type FakeChild, FakeLauncher } from './fake-launcher.js';
import type { ProcessStatus } from './status.js';
import { type ProcessSpec, SupervisedProcess } from './supervised-process.js';

interface Play {
  readonly clock: ManualClock;
  readonly launcher: FakeLauncher;
  readonly supervised: SupervisedProcess;
  /** Ready or not, for the child that waits to be proved. */
  readonly proofs: Map<FakeChild, { resolve(): void; reject(error: Error): void }>;
}

function play(spec: Partial<ProcessSpec> = {}, random: () => number = () => 0.5): Play {
  const clock = new ManualClock();
  const launcher = new FakeLauncher(clock);
  const proofs: Play['proofs'] = new Map();
  const supervised = new SupervisedProcess({
    name: 'worker-turns',
    kind: 'worker',
    required: true,
    launcher,
    clock,
    random,
    log: silentLog,
    spec: {
      launch: () => ({ name: 'worker-turns', kind: 'worker', program: { entry: 'queue-worker', args: [] }, env: {}, stdin: 'none', wire: 'messages' }),
      ready: (child) => new Promise((resolve, reject) => proofs.set(child as FakeChild, { resolve, reject })),
      startTimeoutMs: 10_000,
      ...spec,
    },
  });
  return { clock, launcher, supervised, proofs };
}

const newest = ({ launcher }: Play): FakeChild => {
  const child = launcher.children.at(-1);
  if (child === undefined) throw new Error('nothing was launched');
  return child;
};

async function makeReady(on: Play): Promise<void> {
  await on.clock.advance(0);
  on.proofs.get(newest(on))?.resolve();
  await on.clock.advance(0);
}

describe('a supervised process', () => {
  it('runs once proved, and is back within 10 s of its first crash', async () => {
    const on = play();
    on.supervised.start();
    await on.clock.advance(0);
    expect(on.supervised.view()).toMatchObject({ state: 'starting', pid: 10_000, restarts: 0 });
    await makeReady(on);
    expect(on.supervised.view()).toMatchObject({ state: 'running', incarnation: 1, lastExit: null });
    newest(on).end(3);
    await on.clock.advance(0);
    expect(on.supervised.view()).toMatchObject({ state: 'backoff', pid: null, lastExit: { cause: 'crash', code: 3 } });
    await on.clock.advance(500);
    await makeReady(on);
    expect(on.supervised.view()).toMatchObject({ state: 'running', incarnation: 2, restarts: 1, manualRestarts: 0 });
  });

  it('P5: crashing at once on every start, each time differently, is quarantined after 5 starts, tried once after 5 min, started at once by a click', async () => {
    const on = play();
    on.launcher.onLaunch = (child) => child.end(1, null, `Error: ${'abcdefgh'[child.number]}`);
    on.supervised.start();
    await on.clock.advance(60_000);
    expect(on.launcher.children.length).toBe(5);
    expect(on.supervised.view()).toMatchObject({ state: 'quarantined' });
    await on.clock.advance(230_000);
    expect(on.launcher.children.length).toBe(5);
    await on.clock.advance(20_000);
    expect(on.launcher.children.length).toBe(6);
    expect(on.supervised.view().state).toBe('quarantined');
    on.supervised.restart('person', 'deliberate', 'asked by a person');
    await on.clock.advance(0);
    expect(on.launcher.children.length).toBe(7);
    expect(on.supervised.view().manualRestarts).toBe(1);
  });

  it('set aside over a taken port it says who holds it', async () => {
    const on = play({ judge: (exit) => ({ exit: { ...exit, cause: 'port-conflict', message: 'port 8000 is taken by x.js (pid 7), not started by Roost' } }) });
    on.launcher.onLaunch = (child) => child.end(1, null, 'EADDRINUSE');
    on.supervised.start();
    await on.clock.advance(60_000);
    expect(on.supervised.view()).toMatchObject({
      state: 'quarantined',
      detail: expect.stringMatching(/^It died 3 times.*: port 8000 is taken by x\.js \(pid 7\)/),
    });
  });

  it('a machine without room is no fault of the program: it is tried until there is room, however long, and nothing is counted against it', async () => {
    const on = play();
    let room = false;
    on.launcher.onLaunch = (child) => !room && child.failSpawn('EMFILE');
    on.supervised.start();
    await on.clock.advance(1_200_000);
    expect(on.supervised.view()).toMatchObject({ state: 'backoff', mtbfMs: null, lastExit: { cause: 'spawn-failed', shortage: true } });
    const tries = on.launcher.children.length;
    // Neither given up nor a busy loop: every 5 s.
    expect(tries).toBeGreaterThan(200);
    expect(tries).toBeLessThan(320);
    room = true;
    await on.clock.advance(20_000);
    await makeReady(on);
    expect(on.supervised.view().state).toBe('running');
  });

  it('the same death three times in a row while starting is enough, and its signature is shown', async () => {
    const on = play();
    on.launcher.onLaunch = (child) => child.end(1, null, `Error: cannot find module 'x' (pid ${child.pid})`);
    on.supervised.start();
    await on.clock.advance(60_000);
    expect(on.launcher.children.length).toBe(3);
    expect(on.supervised.view()).toMatchObject({ state: 'quarantined', restartsByCause: { crash: 2 } });
    expect(on.supervised.view().detail).toContain("3 times in a row in the same way while starting (crash, exit code 1, “Error: cannot find module 'x'");
    // The quarantine is half open: one probe; the same death closes it again, a life of a minute ends it.
    await on.clock.advance(300_000);
    expect([on.launcher.children.length, on.supervised.view().state]).toEqual([4, 'quarantined']);
    on.launcher.onLaunch = () => undefined;
    await on.clock.advance(245_000);
    await makeReady(on);
    expect(on.supervised.view()).toMatchObject({ state: 'running', incarnation: 5, detail: 'Running again after a pause.' });
    await on.clock.advance(61_000);
    newest(on).end(1, null, "Error: cannot find module 'x'");
    await on.clock.advance(0);
    expect(on.supervised.view().state).toBe('backoff');
  });

  it('a kill from outside says nothing about the program, however often', async () => {
    const on = play();
    on.launcher.onLaunch = (child) => child.end(null, 'SIGKILL');
    on.supervised.start();
    await on.clock.advance(2_000);
    expect(on.launcher.children.length).toBe(3);
    expect(on.supervised.view().state).toBe('backoff');
  });

  it('too many requests is a pause that grows, no crash, and never the end of the tries', async () => {
    const on = play({ ready: () => Promise.resolve() });
    on.launcher.onLaunch = (child) => void on.clock.after(1_000, () => child.end(75));
    on.supervised.start();
    const pauses: number[] = [];
    on.supervised.onChange((status) => void (status.kind === 'backoff' && pauses.push(status.dueMs - on.clock.monoMs())));
    await on.clock.advance(3_600_000);
    expect(pauses.slice(0, 5)).toEqual([60_000, 120_000, 240_000, 480_000, 600_000]);
    expect(on.supervised.view()).toMatchObject({ mtbfMs: null, lastExit: { cause: 'rate-limit' } });
    expect(['backoff', 'running']).toContain(on.supervised.view().state);
  });

  it('waits for what it needs as long as it takes, without a failure, and can be stopped meanwhile', async () => {
    let arrive: () => void = () => undefined;
    let prepared = 0;
    const on = play({
      awaits: () => new Promise((resolve) => (arrive = resolve)),
      beforeStart: async () => void prepared++,
    });
    on.supervised.start();
    await on.clock.advance(600_000);
    expect([on.supervised.view().state, on.launcher.children.length, prepared]).toEqual(['starting', 0, 0]);
    arrive();
    await makeReady(on);
    expect(on.supervised.view()).toMatchObject({ state: 'running', restarts: 0 });
    newest(on).end(1);
    await on.clock.advance(600);
    await on.supervised.stop('asked by a person');
    arrive();
    await on.clock.advance(60_000);
    expect([on.supervised.view().state, on.launcher.children.length, prepared]).toEqual(['stopped', 1, 1]);
    expect(on.clock.pendingTimers).toBe(0);
  });

  it('P6: crashing every 20 s ends as failed after 10 starts in 10 min and waits for a person', async () => {
    const on = play({ ready: () => Promise.resolve() });
    on.launcher.onLaunch = (child) => void on.clock.after(20_000, () => child.end(1));
    on.supervised.start();
    await on.clock.advance(600_000);
    expect(on.supervised.view().state).toBe('failed');
    expect(on.launcher.children.length).toBe(10);
    await on.clock.advance(3_600_000);
    expect(on.launcher.children.length).toBe(10);
  });

  it('P7: after 5 min of running the first delay is the shortest again', async () => {
    const on = play({ ready: () => Promise.resolve() });
    on.supervised.start();
    for (let crash = 0; crash < 3; crash++) {
      await on.clock.advance(0);
      newest(on).end(1);
      await on.clock.advance(10_000);
    }
    await on.clock.advance(300_000);
    newest(on).end(1);
    await on.clock.advance(0);
    // The first crash of a process that worked is answered at once, the next one waits.
    expect(on.supervised.status).toMatchObject({ kind: 'running' });
    newest(on).end(1);
    await on.clock.advance(0);
    expect(on.supervised.status).toMatchObject({ kind: 'backoff', dueMs: on.clock.monoMs() + 1_000 });
  });

  it('P14: a start that never finishes is ended with its own cause and counts as a failed start', async () => {
    const on = play();
    on.supervised.start();
    await on.clock.advance(10_100);
    expect(on.launcher.children[0]?.exit).toMatchObject({ cause: 'start-timeout' });
    expect(on.supervised.view().state).toBe('backoff');
  });

  it('P16: 20 clicks are one restart, and no two lives overlap', async () => {
    const on = play();
    on.supervised.start();
    await makeReady(on);
    for (let click = 0; click < 20; click++) {
      on.supervised.restart('person', 'deliberate', 'asked by a person');
      expect(on.launcher.live.length).toBeLessThanOrEqual(1);
      await on.clock.advance(5);
    }
    await makeReady(on);
    expect(on.launcher.children.length).toBe(2);
    expect(on.supervised.view()).toMatchObject({ state: 'running', manualRestarts: 1, restarts: 0 });
  });

  it('P17: a stop during the wait for a restart cancels it for good', async () => {
    const on = play();
    on.supervised.start();
    await makeReady(on);
    newest(on).end(1);
    await on.clock.advance(10);
    expect(on.supervised.view().state).toBe('backoff');
    await on.supervised.stop('asked by a person');
    await on.clock.advance(3_600_000);
    expect(on.supervised.view()).toMatchObject({ state: 'stopped', detail: 'asked by a person' });
    expect(on.launcher.children.length).toBe(1);
    expect(on.clock.pendingTimers).toBe(0);
  });

  it('kills what ignores SIGTERM at the end of its ladder, and a second stop shortens the wait', async () => {
    const on = play({ ladder: { termAfterMs: 0, killAfterMs: 30_000 } });
    on.supervised.start();
    await makeReady(on);
    newest(on).obeys = false;
    const first = on.supervised.stop('shutting down');
    await on.clock.advance(1_000);
    expect(on.supervised.view().state).toBe('stopping');
    const second = on.supervised.stop('shutting down now', { killAfterMs: 100 });
    await on.clock.advance(110);
    await Promise.all([first, second]);
    expect(newest(on).exit).toMatchObject({ cause: 'deliberate', signal: 'SIGKILL' });
  });

  it('a longer ladder given to stop is not cut by the usual one', async () => {
    const on = play({ ladder: { termAfterMs: 0, killAfterMs: 1_000 } });
    on.supervised.start();
    await makeReady(on);
    newest(on).obeys = false;
    void on.supervised.stop('draining', { killAfterMs: 30_000 });
    await on.clock.advance(29_000);
    expect(newest(on).exit).toBeNull();
    await on.clock.advance(1_010);
    expect(newest(on).exit).not.toBeNull();
  });

  it('a verdict ends one life, with its cause, once', async () => {
    const on = play();
    on.supervised.start();
    await makeReady(on);
    expect(on.supervised.condemn('stalled', 'no progress for 30 s')).toBe(true);
    expect(on.supervised.condemn('memory', 'too large')).toBe(false);
    await on.clock.advance(30);
    expect(on.supervised.view()).toMatchObject({ state: 'backoff', lastExit: { cause: 'stalled', message: 'no progress for 30 s' } });
  });

  it('waits for a person when the configuration is wrong', async () => {
    const on = play({ ready: () => Promise.reject(new RoostError('config-invalid', 'the password is wrong')) });
    on.supervised.start();
    await on.clock.advance(120_000);
    expect(on.launcher.children.length).toBe(1);
    expect(on.supervised.view()).toMatchObject({ state: 'failed', lastExit: { cause: 'config' } });
    await expect(on.supervised.whenRunning()).rejects.toThrow('the password is wrong');
  });

  it('runs beforeStart before every spawn, and a failing one is a failed start', async () => {
    let tries = 0;
    const on = play({
      beforeStart: () => (++tries === 1 ? Promise.reject(new Error('redis is away')) : Promise.resolve()),
    });
    on.supervised.start();
    await on.clock.advance(0);
    expect(on.launcher.children.length).toBe(0);
    expect(on.supervised.view()).toMatchObject({ state: 'backoff', lastExit: { cause: 'spawn-failed', message: 'redis is away' } });
    await on.clock.advance(500);
    expect([tries, on.launcher.children.length]).toEqual([2, 1]);
  });

  it('a stop while it prepares spawns nothing, although the preparation hangs', async () => {
    const on = play({ beforeStart: () => new Promise(() => undefined) });
    on.supervised.start();
    await on.clock.advance(10);
    await on.supervised.stop('asked by a person');
    await on.clock.advance(60_000);
    expect(on.launcher.children.length).toBe(0);
    expect(on.supervised.view().state).toBe('stopped');
  });

  it('a recycled process comes back at once and its budget is untouched', async () => {
    const on = play({ ready: () => Promise.resolve() });
    on.supervised.start();
    for (let round = 0; round < 8; round++) {
      await on.clock.advance(1_000);
      on.supervised.condemn('recycled', 'it did its 100 jobs');
    }
    await on.clock.advance(100);
    expect(on.supervised.view().state).toBe('running');
    expect(on.launcher.children.length).toBe(9);
  });

  it('a retired process never starts again', async () => {
    const on = play();
    on.supervised.start();
    await makeReady(on);
    const down = on.supervised.retire('shutting down');
    await on.clock.advance(50);
    await down;
    expect([on.supervised.start('person'), on.supervised.restart('person', 'deliberate', 'x')]).toEqual([false, false]);
    await on.clock.advance(3_600_000);
    expect(on.launcher.children.length).toBe(1);
  });
});

type Command =
  | { readonly kind: 'start' | 'stop' | 'click' | 'ready' | 'unready' | 'spawn-error' | 'condemn' | 'deaf' }
  | { readonly kind: 'exit'; readonly code: number | null; readonly signal: string | null }
  | { readonly kind: 'tick' | 'wall-jump'; readonly ms: number };

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.constantFrom<Command>({ kind: 'start' }, { kind: 'stop' }, { kind: 'click' }, { kind: 'condemn' }, { kind: 'deaf' }, { kind: 'spawn-error' }),
  },
  { weight: 3, arbitrary: fc.constantFrom<Command>({ kind: 'ready' }, { kind: 'ready' }, { kind: 'unready' }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('exit' as const), code: fc.constantFrom(0, 1, 3, 75, null), signal: fc.constantFrom(null, 'SIGSEGV') }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('tick' as const), ms: fc.constantFrom(0, 1, 30, 600, 3_000, 20_000, 61_000, 301_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wall-jump' as const), ms: fc.constantFrom(-3_600_000, 3_600_000, 10 * 365 * 86_400_000) }) },
);

/** What must hold, kept apart from the code in sets and counters; breaches are collected, as a throw inside a listener would be swallowed. */
class Model {
  readonly breaches: string[] = [];
  wantDown = true;
  spawnError = false;
  starts = 0;
  readonly #on: Play;
  readonly #automatic: number[] = [];
  #lastDelayMs = 0;
  #readyMs: number | null = null;
  #stable = false;

  #freeUsed = false;

  constructor(on: Play) {
    this.#on = on;
    on.launcher.onLaunch = (child) => {
      this.#hold(!this.wantDown, 'I2: a spawn although it is to be down');
      this.#hold(on.launcher.live.length === 1, 'I1: two lives');
      this.#hold(child.number === on.launcher.children.length, 'I3: numbers do not increase');
      if (this.spawnError) child.failSpawn();
      this.spawnError = false;
    };
    on.supervised.onChange((status) => this.#see(status));
  }

  #see(status: ProcessStatus): void {
    const nowMs = this.#on.clock.monoMs();
    if (this.#readyMs !== null && nowMs - this.#readyMs >= 300_000) this.#stable = true;
    if (status.kind !== 'stopping') this.#readyMs = status.kind === 'running' ? nowMs : null;
    if (status.kind === 'starting' && status.number === null) {
      this.starts++;
      if (status.origin !== 'person') this.#automatic.push(nowMs);
      const within = (windowMs: number): number => this.#automatic.filter((atMs) => atMs > nowMs - windowMs).length;
      this.#hold(within(60_000) <= 5, 'I4: more than 5 starts in 60 s');
      this.#hold(within(600_000) <= 10, 'I4: more than 10 starts in 10 min');
    }
    if (status.kind !== 'backoff') return;
    const delayMs = Math.round((status.dueMs - nowMs) * 1e6) / 1e6;
    if (this.#on.supervised.view().lastExit?.cause === 'rate-limit') {
      this.#hold(Number.isInteger(delayMs) && delayMs >= 48_000 && delayMs <= 720_000, `a pause of ${delayMs} after a rate limit`);
      return;
    }
    const first = delayMs === 0 && (this.#stable || !this.#freeUsed);
    this.#freeUsed ||= delayMs === 0;
    this.#hold(Number.isInteger(delayMs) && (first || delayMs >= 400) && delayMs <= 60_000, `I5: a delay of ${delayMs}`);
    if (this.#stable) this.#hold(delayMs <= 600, `I5: ${delayMs} ms after a stable run`);
    else this.#hold(delayMs >= this.#lastDelayMs, `I5: ${delayMs} after ${this.#lastDelayMs} without a stable run`);
    this.#lastDelayMs = delayMs;
    this.#stable = false;
  }

  #hold(truth: boolean, breach: string): void {
    if (!truth) this.breaches.push(breach);
  }
}

async function act(step: Command, on: Play, model: Model): Promise<void> {
  const child = on.launcher.live[0];
  switch (step.kind) {
    case 'start':
      model.wantDown = false;
      on.supervised.start();
      return;
    case 'click':
      model.wantDown = false;
      on.supervised.restart('person', 'deliberate', 'asked by a person');
      return;
    case 'stop':
      model.wantDown = true;
      void on.supervised.stop('asked by a person');
      return;
    case 'condemn':
      on.supervised.condemn('stalled', 'no progress');
      return;
    case 'deaf':
      if (child !== undefined) child.obeys = false;
      return;
    case 'spawn-error':
      model.spawnError = true;
      return;
    case 'ready':
    case 'unready': {
      const proof = child === undefined ? undefined : on.proofs.get(child);
      if (step.kind === 'ready') proof?.resolve();
      else proof?.reject(new Error('it answers wrongly'));
      return on.clock.advance(0);
    }
    case 'exit':
      child?.end(step.code, step.code === null ? (step.signal ?? 'SIGKILL') : null);
      return on.clock.advance(0);
    case 'tick':
      return on.clock.advance(step.ms);
    case 'wall-jump': {
      await on.clock.advance(0);
      const before = on.supervised.status;
      on.clock.jumpWall(step.ms);
      await on.clock.advance(0);
      expect(on.supervised.status, 'I8').toBe(before);
      expect(on.supervised.view().uptimeMs ?? 0).toBeGreaterThanOrEqual(0);
      return;
    }
  }
}

describe('whatever happens to a supervised process', () => {
  it('I1 I2 I3 I4 I5 I6 I8 I11: one life, no start unasked, within the budget, by monotonic time alone', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(command, { maxLength: 80 }),
        fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
        async (commands, chances) => {
          const on = play({}, () => chances.next().value ?? 0);
          const model = new Model(on);
          for (const step of commands) {
            await act(step, on, model);
            expect(on.launcher.live.length).toBeLessThanOrEqual(1);
          }
          await on.clock.advance(0);
          const { restarts, manualRestarts } = on.supervised.view();
          expect(restarts + manualRestarts, 'I11').toBe(Math.max(0, model.starts - 1));
          model.wantDown = true;
          void on.supervised.retire('the end');
          await on.clock.advance(7_000);
          expect(on.supervised.status.kind, 'I6').toBe('stopped');
          expect(on.launcher.live.length).toBe(0);
          expect(on.clock.pendingTimers).toBe(0);
          expect(model.breaches).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('I12: stop and restart in any order at one moment give the result of one of the two orders', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('stop' as const, 'click' as const), { minLength: 1, maxLength: 6 }),
        fc.constantFrom(0, 10, 600),
        async (acts, beforeMs) => {
          const on = play({ ready: () => Promise.resolve() });
          on.supervised.start();
          await on.clock.advance(beforeMs);
          for (const act of acts) {
            if (act === 'stop') void on.supervised.stop('asked');
            else on.supervised.restart('person', 'deliberate', 'asked');
          }
          await on.clock.advance(10_000);
          expect(on.supervised.status.kind).toBe(acts.at(-1) === 'stop' ? 'stopped' : 'running');
          expect(on.launcher.live.length).toBe(acts.at(-1) === 'stop' ? 0 : 1);
        },
      ),
      { numRuns: 100 },
    );
  });
});
