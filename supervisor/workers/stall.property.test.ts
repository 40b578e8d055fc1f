import fc from 'fast-check';
import { expect, it } from 'vitest';
import { silentLog } from '../../core/base/log.js';
import { ManualClock } from '../../core/base/manual-clock.js';
import { FakeLauncher } from '../process/fake-launcher.js';
import { SupervisedProcess } from '../process/supervised-process.js';
import { BeatWatch } from './beat-watch.js';

const limitMs = 30_000;
const lookMs = 1_000;

type Step =
  | { readonly kind: 'beat'; readonly moves: boolean; readonly quietMs: number; readonly excused: boolean; readonly idle: boolean }
  | { readonly kind: 'late' | 'grant' }
  /** The watcher looks once a second, as in the product; `frozen`: it looks only after it. */
  | { readonly kind: 'time' | 'frozen'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('beat' as const),
      moves: fc.boolean(),
      quietMs: fc.constantFrom(0, 0, 5_000, 90_000),
      excused: fc.constantFrom(false, false, false, true),
      idle: fc.constantFrom(false, false, false, true),
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ kind: 'late' }, { kind: 'grant' }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('time' as const), ms: fc.constantFrom(1_000, 4_000, 12_000, 25_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('frozen' as const), ms: fc.constantFrom(9_000, 45_000, 600_000) }) },
);

it('I9: a verdict falls when the beat or the progress is older than the limit, and at no other time, whatever is announced, excused, late or asleep', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const watch = new BeatWatch({ silenceLimitMs: limitMs, progressLimitMs: limitMs });
      let now = 0;
      let seq = 0;
      let lateHeard = false;
      let progress = 0;
      let jobSteps = 0;
      // The model: two moments and whether a job is in hand.
      const model = { beatMs: 0, movedMs: 0, busy: false, lookMs: 0 };
      const grant = (): void => {
        model.beatMs = now;
        model.movedMs = now;
      };
      const look = (): void => {
        if (now - model.lookMs > 10_000) grant();
        model.lookMs = now;
        const expected = now - model.beatMs > limitMs || (model.busy && now - model.movedMs > limitMs);
        const why = watch.verdict(now);
        expect(why !== undefined, `at ${now}: ${why}`).toBe(expected);
        // The last good sign is never later than the limit allows, nor in the future.
        if (why !== undefined) expect(now - watch.goodMono).toBeGreaterThan(limitMs);
      };
      watch.reset(0);
      look();
      for (const one of steps) {
        switch (one.kind) {
          case 'beat': {
            const works = one.moves || one.quietMs > 0 || one.excused;
            if (works) progress += 1;
            if (one.moves) jobSteps += 1;
            const began = !model.busy;
            model.busy = !one.idle;
            model.beatMs = now;
            if (one.idle || works || began) model.movedMs = now;
            const jobs = one.idle
              ? []
              : [{ queue: 'turns', id: 't', name: 'turn', sinceMs: 1, steps: jobSteps, ...(one.quietMs > 0 ? { quietMs: one.quietMs } : {}) }];
            if (one.idle) progress += 1;
            else if (began && !works) progress += 1;
            watch.take(
              {
                type: 'beat',
                incarnation: 1,
                seq: ++seq,
                busySlots: jobs.length,
                progress,
                jobs,
                loopLagMs: 0,
                rssBytes: 1,
                ...(one.excused ? { excused: true } : {}),
              },
              now,
            );
            break;
          }
          case 'late':
            watch.take(
              { type: 'beat', incarnation: 1, seq: Math.max(0, seq - 1), busySlots: 0, progress: progress + 9, jobs: [], loopLagMs: 0, rssBytes: 1 },
              now,
            );
            // The very first one is news, a second one like it is not.
            if (seq === 0 && !lateHeard) {
              model.beatMs = model.movedMs = now;
              lateHeard = true;
            }
            break;
          case 'grant':
            watch.grant(now);
            grant();
            break;
          case 'time':
            for (const end = now + one.ms; now < end; ) {
              now += lookMs;
              look();
            }
            break;
          case 'frozen':
            now += one.ms;
            look();
        }
      }
    }),
    {
      numRuns: 500,
      examples: [[[{ kind: 'late' }, { kind: 'time', ms: 25_000 }, { kind: 'late' }, { kind: 'time', ms: 12_000 }]]],
    },
  );
});

/** Evidence is taken for less than that before a verdict is executed. */
const evidenceMs = 2_000;

it('I10: from the last progress to the next ready life it takes at most 120 s for one fault, whatever crashed before and however deaf the child is', async () => {
  let proved = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(1_000, 15_000, 200_000, 400_000), { maxLength: 6 }),
      fc.boolean(),
      fc.integer({ min: 0, max: 10_000 }),
      fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
      async (ranMs, deaf, initMs, chances) => {
        const clock = new ManualClock();
        const launcher = new FakeLauncher(clock);
        let readyAfterMs = 100;
        const supervised = new SupervisedProcess({
          name: 'worker-turns',
          kind: 'worker',
          required: true,
          launcher,
          clock,
          random: () => chances.next().value ?? 0,
          log: silentLog,
          spec: {
            launch: () => ({ name: 'worker-turns', kind: 'worker', program: { entry: 'queue-worker', args: [] }, env: {}, stdin: 'none', wire: 'messages' }),
            ready: () => new Promise((resolve) => void clock.after(readyAfterMs, resolve)),
            startTimeoutMs: 20_000,
          },
        });
        let runningMs = 0;
        supervised.onChange(({ kind }) => {
          if (kind === 'running') runningMs = clock.monoMs();
        });
        const is = (...kinds: readonly string[]): boolean => kinds.includes(supervised.status.kind);
        const untilRunning = async (): Promise<void> => {
          for (let round = 0; !is('running', 'quarantined', 'failed') && round < 12; round++) await clock.advance(10_000);
        };
        supervised.start();
        await untilRunning();
        for (const ms of ranMs) {
          await clock.advance(ms);
          launcher.live[0]?.end(1);
          await clock.advance(0);
          await untilRunning();
        }
        // Given up for good, or resting as one that keeps dying: then it is no single fault.
        if (!is('running')) return;
        await clock.advance(2_000);
        const child = launcher.live[0];
        if (child !== undefined) child.obeys = !deaf;
        readyAfterMs = initMs;
        const lastProgressMs = clock.monoMs();
        await clock.advance(limitMs + lookMs + evidenceMs);
        supervised.condemn('stalled', 'no progress', lastProgressMs);
        await clock.advance(0);
        const numberBefore = child?.number;
        for (let round = 0; !is('running', 'quarantined', 'failed') && round < 20; round++) await clock.advance(10_000);
        if (is('quarantined', 'failed')) return;
        expect(supervised.current?.number).not.toBe(numberBefore);
        expect(runningMs - lastProgressMs).toBeGreaterThan(limitMs);
        expect(runningMs - lastProgressMs).toBeLessThanOrEqual(120_000);
        proved += 1;
        void supervised.retire('the end');
        await clock.advance(10_000);
      },
    ),
    { numRuns: 150 },
  );
  expect(proved).toBeGreaterThan(40);
});
