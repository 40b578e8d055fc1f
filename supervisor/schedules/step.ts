import type { Clock } from '../../core/base/clock.js';
import type { ScheduleMetrics } from '../metrics/schedule-metrics.js';
import { clockVerdict, type Due, dueNow, overlapVerdict } from './due.js';
import type { ScheduleEntry } from './entry.js';
import { type Firing, plannedAt } from './firing.js';
import type { LedgerPatch, PlannedRun } from './ledger.js';
import { signatureOf } from './time/rule.js';

export interface StepWorld {
  readonly clock: Clock;
  readonly metrics: ScheduleMetrics;
  held(): string | undefined;
}

/** Longest line behind a run that does not end. */
const longestLine = 100;

/** One look at one schedule that this node fires: ends what was begun, sees how its runs are doing, starts what is due. */
export async function stepOf(entry: ScheduleEntry, firing: Firing, world: StepWorld): Promise<void> {
  if (!entry.loaded || entry.checked === undefined) return;
  if (entry.ledger.pending !== undefined) await firing.complete(entry, entry.ledger.pending);
  await firing.watch(entry);
  const { rule } = entry.checked;
  const { ledger } = entry;
  if (ledger.paused !== undefined || ledger.parked !== undefined || world.held() !== undefined) return;
  const nowMs = world.clock.wallMs();
  const signature = signatureOf(rule);
  // Never seen before, or another rule: nothing of the past belongs to it.
  if (ledger.lastMs === undefined || ledger.rule !== signature) return firing.save(entry, { rule: signature, lastMs: nowMs, line: [] });
  const verdict = clockVerdict(rule, ledger.lastMs, nowMs);
  if (verdict === 'restart') return firing.save(entry, { lastMs: nowMs, era: ledger.era + 1, line: [] });
  const { missed, window: windowMs, stagger: staggerMs } = entry.config;
  const due = verdict === 'wait' ? undefined : dueNow({ rule, missed, windowMs, staggerMs, lastMs: ledger.lastMs, nowMs });
  if (due !== undefined) await take(entry, firing, world, due);
  await nextInLine(entry, firing, nowMs);
}

async function take(entry: ScheduleEntry, firing: Firing, { metrics }: StepWorld, due: Due): Promise<void> {
  const { era, line } = entry.ledger;
  const planned = due.dueMs === undefined ? undefined : plannedAt('due', due.dueMs, era, due.dueMs);
  const shadow = entry.config.mode === 'shadow';
  const catchUp = due.catchUp.map(({ dueMs, notBeforeMs }) => plannedAt('missed', dueMs, era, notBeforeMs));
  if (due.missed > 0) metrics.missed(entry.name, due.missed);
  const runs = due.missed === 0 ? [] : [missedRun(entry, firing, due)];
  if (shadow) {
    const seen = [...catchUp, ...(planned === undefined ? [] : [planned])].map((run) =>
      firing.run(entry, { ...run, kind: 'shadow' }, 'shadow', {
        data: { ...entry.config.data },
        note: run.kind === 'missed' ? 'Would make up for a missed run.' : null,
      }),
    );
    for (const _ of seen) metrics.fired(entry.name, 'shadow');
    return firing.save(entry, { lastMs: due.lastMs }, [...runs, ...seen]);
  }
  const patch: LedgerPatch = { lastMs: due.lastMs, line: [...line, ...catchUp].slice(0, longestLine) };
  if (planned === undefined) return firing.save(entry, patch, runs);
  // Those still in line wait for their turn or their moment; only what runs can be in the way.
  switch (overlapVerdict(entry.config.overlap, entry.open.length)) {
    case 'fire':
      return firing.fire(entry, planned, patch, runs);
    case 'skip':
      metrics.skipped(entry.name);
      return firing.save(entry, patch, [...runs, firing.run(entry, planned, 'skipped', { note: 'The run before had not ended.' })]);
    case 'line': {
      if ((patch.line?.length ?? 0) < longestLine) return firing.save(entry, { ...patch, line: [...(patch.line ?? []), planned] }, runs);
      metrics.skipped(entry.name);
      return firing.save(entry, patch, [...runs, firing.run(entry, planned, 'skipped', { note: `${longestLine} runs wait already.` })]);
    }
    case 'replace':
      await firing.save(entry, { lastMs: due.lastMs, line: [planned] }, runs);
      return firing.replace(entry);
  }
}

/** The first that may go, once nothing is open. */
async function nextInLine(entry: ScheduleEntry, firing: Firing, nowMs: number): Promise<void> {
  const { line } = entry.ledger;
  if (line.length === 0 || entry.open.length > 0) return;
  const next = line.reduce<PlannedRun | undefined>((best, run) => (best === undefined || run.notBeforeMs < best.notBeforeMs ? run : best), undefined);
  if (next === undefined || next.notBeforeMs > nowMs) return;
  await firing.fire(entry, next, { line: line.filter((run) => run !== next) });
}

/** One line of history for a whole gap, so that it is seen that something was missed, and what was made of it. */
function missedRun(entry: ScheduleEntry, firing: Firing, due: Due): ReturnType<Firing['run']> {
  const count = due.missed === 1 ? '1 run was missed' : `${due.missed} runs were missed`;
  const made =
    due.catchUp.length > 0
      ? `${due.catchUp.length === 1 ? '1 is' : `${due.catchUp.length} are`} made up for`
      : entry.config.missed === 'once' && due.dueMs !== undefined
        ? 'the run of this moment stands for them'
        : 'none is made up for';
  return firing.run(entry, { id: `missed-${due.lastMs}`, kind: 'missed', dueMs: due.lastMs }, 'missed', {
    note: `${count} while Roost was off, asleep or held; ${made}.`,
  });
}
