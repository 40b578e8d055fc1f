import { wantedWarm } from '../../contract/pool-views.js';
import type { ScheduleView } from '../../contract/schedules.js';
import type { Health, HoldView, Incident, PoolView, ProcessView } from '../../contract/state.js';
import { isAgent, isSettled } from './incident.js';

const ample = { state: 'ample' } as const;

/** What is known at one moment about everything an incident may have touched. */
export interface World {
  readonly processes: readonly ProcessView[];
  readonly pool: PoolView;
  readonly health: Pick<Health, 'required'>;
  readonly hold: HoldView | null;
  readonly stopping: boolean;
  readonly schedules?: readonly Pick<ScheduleView, 'name' | 'state' | 'why' | 'sinceMs'>[];
}

/** A parked schedule in an incident: no process, but something that does not do its work until a person looks. */
export const scheduleKey = (name: string): string => `schedule ${name}`;
export const parkedOf = ({ schedules = [] }: Pick<World, 'schedules'>) => schedules.filter(({ state }) => state === 'parked');

/** Whether everything an incident has touched works again; what a person stopped or holds on purpose is no part of it any more. */
export function works(incident: Incident, { processes, pool, health, hold, schedules = [] }: World): boolean {
  if (parkedOf({ schedules }).some(({ name }) => incident.processes.includes(scheduleKey(name)))) return false;
  const views = incident.processes.map((name) => processes.find((one) => one.name === name));
  if (!views.every(isSettled)) return false;
  // Its own start is over when everything is proved.
  const ownStart = incident.processes.includes('roost');
  if (ownStart && !Object.values(health.required).every(Boolean)) return false;
  const touches = (kind: ProcessView['kind']): boolean => views.some((view) => view?.kind === kind);
  if (touches('redis') && !health.required.redis) return false;
  const stoppedByHand = processes.some((one) => one.kind === 'worker' && one.state === 'stopped' && isSettled(one));
  if ((touches('redis') || touches('worker')) && !health.required.worker && !stoppedByHand) return false;
  if (!(ownStart || incident.processes.some(isAgent)) || hold !== null) return true;
  // In a quiet hour fewer are kept than the target says, and for want of memory none is added: neither is a disturbance of its own.
  return pool.trouble === null && (pool.ready >= Math.min(pool.target, wantedWarm(pool)) || pool.waiting > 0 || (pool.memory ?? ample).state !== 'ample');
}

/** A service that may end and did so with success disturbs nobody. */
export const hasDoneItsWork = ({ kind, state, lastExit }: ProcessView): boolean => kind === 'service' && state === 'stopped' && lastExit?.cause === 'clean';
