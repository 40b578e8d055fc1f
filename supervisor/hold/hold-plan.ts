import { type HoldLevel, type HoldView, holdLevels, type Survivor } from '../../contract/state.js';
import type { JobFacts } from '../queues/recovery.js';

/** What has to be known to undo an emergency stop, also after a restart. */
export interface HoldRecord {
  readonly level: HoldLevel;
  readonly sinceMs: number;
  /** Queues that this stop has paused; others were paused before and stay so. */
  readonly queues: readonly string[];
}

/** A stop in force is never weakened by a lower level that is asked for later. */
export const stronger = (left: HoldLevel, right: HoldLevel): HoldLevel => (holdLevels.indexOf(left) >= holdLevels.indexOf(right) ? left : right);

/** Two records of one stop (file and Redis, or before and after a higher level) as one: nothing paused is forgotten. */
export function merged(left: HoldRecord | undefined, right: HoldRecord | undefined): HoldRecord | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return {
    level: stronger(left.level, right.level),
    sinceMs: Math.min(left.sinceMs, right.sinceMs),
    queues: [...new Set([...left.queues, ...right.queues])],
  };
}

/** What is still there, in the words of the level that should have ended it. */
export interface Remains {
  readonly jobs: readonly (Pick<JobFacts, 'id' | 'name'> & { readonly queue: string })[];
  /** Agents with a turn in hand. */
  readonly busyAgents: readonly { readonly name: string; readonly pid: number | null }[];
  /** Processes that were to be killed and whose identity is still alive. */
  readonly unkilled: readonly { readonly kind: Exclude<Survivor['kind'], 'job'>; readonly name: string; readonly pid: number }[];
}

export function survivorsOf(level: HoldLevel, remains: Remains): readonly Survivor[] {
  const goesOn = level === 'hold' ? 'goes on to its end; interrupt or kill ends it' : 'did not end in time';
  const jobs = remains.jobs.map((job): Survivor => ({ kind: 'job', name: job.id, pid: null, detail: `${job.name} job of ${job.queue}: ${goesOn}` }));
  const killed = new Set(remains.unkilled.map(({ name }) => name));
  const agents = remains.busyAgents
    .filter(({ name }) => !killed.has(name))
    .map((agent): Survivor => ({ kind: 'agent', name: agent.name, pid: agent.pid, detail: `answers a turn: ${goesOn}` }));
  const unkilled = remains.unkilled.map((one): Survivor => ({ ...one, detail: 'still lives after SIGKILL' }));
  return [...unkilled, ...agents, ...jobs];
}

export const viewOf = (record: HoldRecord, survivors: readonly Survivor[], complete: boolean): HoldView => ({
  level: record.level,
  sinceMs: record.sinceMs,
  queues: [...record.queues],
  survivors: [...survivors],
  complete,
});
