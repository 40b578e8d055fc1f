import type { ExitView, Incident, IncidentStep, IncidentSummary, ProcessView } from '../../contract/state.js';

/** The story of one disturbance as pure steps: every function gives a new record. */

export const maxSteps = 100;
export const maxEvidence = 10;
export const maxLines = 20;
/** A last sign this shortly before the end is the end. */
const toldFromMs = 500;

export interface Disturbance {
  readonly atMs: number;
  /** When it was last seen to work; at the moment it was found where nothing is known. */
  readonly lastSignAtMs?: number;
  readonly process: string;
  readonly exit: ExitView | null;
  readonly message: string;
  /** The last lines it wrote, already made harmless. */
  readonly lines: readonly string[];
  readonly kind: Extract<IncidentStep['kind'], 'down' | 'stalled' | 'agent-died' | 'given-up'>;
}

export function opened(id: string, disturbance: Disturbance, jobsInHand: number): Incident {
  const { atMs, process, exit, message } = disturbance;
  const empty: Incident = {
    id,
    status: 'open',
    openedAtMs: atMs,
    beganAtMs: atMs,
    detectedAtMs: atMs,
    resolvedAtMs: null,
    recoveryMs: null,
    trigger: { process, cause: exit?.cause ?? null, message },
    processes: [],
    jobs: { inHand: jobsInHand, requeued: 0, setAside: 0 },
    restarts: 0,
    agentsReplaced: 0,
    evidence: [],
    timeline: [],
    dropped: 0,
  };
  return joined(empty, disturbance);
}

/** What falls within so short a time of one another probably fell over the same thing. */
const togetherMs = 30_000;
const longAwayMs = 10 * 60_000;
export const isAgent = (name: string): boolean => name === 'pool' || name.startsWith('agent-');
/** Without these nothing works: what falls while they are away, and until everything has found its feet again, falls because of them. */
const isGround = (name: string): boolean => name === 'redis' || name === 'roost';
function groundIsAway({ timeline }: Incident, atMs: number): boolean {
  const last = timeline.findLast(({ process, kind }) => isGround(process) && kind !== 'last-sign');
  return last !== undefined && (last.kind !== 'up' ? atMs - last.atMs < longAwayMs : atMs - last.atMs < togetherMs);
}

/** When the newest process was drawn into it; one that dies again and again draws nothing new. */
function spreadAtMs({ detectedAtMs, timeline }: Incident): number {
  const seen = new Set<string>();
  let newestMs = detectedAtMs;
  for (const { kind, process, atMs } of timeline) {
    if (kind === 'last-sign' || seen.has(process)) continue;
    seen.add(process);
    newestMs = Math.max(newestMs, atMs);
  }
  return newestMs;
}

/**
 * The open incident that a disturbance belongs to: the one that has the process already, else one with Redis or Roost itself in
 * it, else one of agents for an agent, else what began just now. A service that has kept failing for hours is a story of its own.
 */
export function storyFor(opens: readonly Incident[], { process, atMs }: Pick<Disturbance, 'process' | 'atMs'>): Incident | undefined {
  return (
    opens.find(({ processes }) => processes.includes(process)) ??
    opens.find((incident) => groundIsAway(incident, atMs)) ??
    (isAgent(process) ? opens.find(({ processes }) => processes.some(isAgent)) : undefined) ??
    opens.find((incident) => atMs - spreadAtMs(incident) < togetherMs)
  );
}

/** What happens while an incident is open and belongs to it: a worker that loses its Redis is not a second story. */
export function joined(incident: Incident, { atMs, lastSignAtMs = atMs, process, exit, message, lines, kind }: Disturbance): Incident {
  const known = incident.evidence.length >= maxEvidence;
  // What stood still for a while before anybody could know: the time counts, and the timeline shows it.
  const told =
    atMs - lastSignAtMs < toldFromMs
      ? incident
      : withStep(incident, { atMs: lastSignAtMs, kind: 'last-sign', process, message: `${process} was last seen to work.` });
  return withStep(
    {
      ...told,
      beganAtMs: Math.min(incident.beganAtMs, lastSignAtMs),
      processes: incident.processes.includes(process) ? incident.processes : [...incident.processes, process],
      evidence: known ? incident.evidence : [...incident.evidence, { process, exit, lines: lines.slice(-maxLines), atMs }],
    },
    { atMs, kind, process, message },
  );
}

/** The beginning and the newest steps say most: what is too much is left out behind the first half. */
export function withStep(incident: Incident, step: IncidentStep): Incident {
  const timeline = [...incident.timeline, step];
  // Only a last sign is told later than it was.
  if (step.kind === 'last-sign') timeline.sort((left, right) => left.atMs - right.atMs);
  const surplus = timeline.length - maxSteps;
  if (surplus > 0) timeline.splice(maxSteps / 2, surplus);
  return { ...incident, timeline, dropped: incident.dropped + Math.max(0, surplus) };
}

export function restarted(incident: Incident, atMs: number, process: string): Incident {
  return withStep({ ...incident, restarts: incident.restarts + 1 }, { atMs, kind: 'restart', process, message: `Roost started ${process} again.` });
}

export function requeued(incident: Incident, atMs: number, queue: string, count: number, setAside: number): Incident {
  const { jobs } = incident;
  let next: Incident = { ...incident, jobs: { ...jobs, requeued: jobs.requeued + count, setAside: jobs.setAside + setAside } };
  if (count > 0)
    next = withStep(next, { atMs, kind: 'requeued', process: queue, message: `${count} ${count === 1 ? 'job is' : 'jobs are'} back in line in ${queue}.` });
  if (setAside > 0)
    next = withStep(next, { atMs, kind: 'set-aside', process: queue, message: `${setAside} of ${queue} set aside: it took down every worker that held it.` });
  return next;
}

export function agentReplaced(incident: Incident, atMs: number, agent: string): Incident {
  return withStep(
    { ...incident, agentsReplaced: incident.agentsReplaced + 1 },
    { atMs, kind: 'agent-replaced', process: agent, message: `${agent} is warm in the place of one that died.` },
  );
}

/** `workedAtMs` is when everything worked again; the record is closed a little later, when it has stayed so. */
export function resolved(incident: Incident, workedAtMs: number, why = 'Everything that was touched works again.'): Incident {
  const recoveryMs = Math.max(0, workedAtMs - incident.beganAtMs);
  return withStep(
    { ...incident, status: 'resolved', resolvedAtMs: workedAtMs, recoveryMs },
    { atMs: workedAtMs, kind: 'resolved', process: incident.trigger.process, message: why },
  );
}

/** Roost itself ended while it was open: nobody measured when it was over. */
export function abandoned(incident: Incident, atMs: number): Incident {
  const step: IncidentStep = { atMs, kind: 'resolved', process: 'roost', message: 'Roost itself ended before this was over, and was started again.' };
  return withStep({ ...incident, status: 'resolved', resolvedAtMs: atMs, recoveryMs: null }, step);
}

export function summaryOf({ evidence: _evidence, timeline: _timeline, dropped: _dropped, ...summary }: Incident): IncidentSummary {
  return summary;
}

/** An end that nobody wanted. A stop by hand, a planned renewal and the end of Roost are none. */
export function isDisturbance(exit: ExitView): boolean {
  return exit.cause !== 'deliberate' && exit.cause !== 'recycled' && exit.cause !== 'rate-limit';
}

/** True when this process no longer keeps an incident open: it works, or a person stopped it. */
export function isSettled(view: Pick<ProcessView, 'state' | 'lastExit'> | undefined): boolean {
  if (view === undefined || view.state === 'running') return true;
  return view.state === 'stopped' && (view.lastExit?.cause === 'deliberate' || view.lastExit?.cause === 'clean');
}
