import type { CoordinatorView, ExitCause, ExitView, Health, Phase, ProcessView, SessionStatus, SlotView, TurnStatus, TurnView } from '../../contract/state.js';
import { countText, plural, shareText } from './numbers.js';

const processStates: Readonly<Record<ProcessView['state'], string>> = {
  stopped: 'Stopped',
  starting: 'Starting',
  running: 'Running',
  stopping: 'Stopping',
  backoff: 'Retrying soon',
  quarantined: 'Quarantined',
  failed: 'Failed',
};
export const processStateText = (state: ProcessView['state']): string => processStates[state];

const causes: Readonly<Record<ExitCause, string>> = {
  deliberate: 'stopped on purpose',
  clean: 'finished by itself',
  crash: 'crashed',
  signal: 'killed by a signal',
  'spawn-failed': 'could not be started',
  'start-timeout': 'was not ready in time',
  stalled: 'stood still',
  memory: 'used too much memory',
  'out-of-memory': 'ran out of memory',
  recycled: 'was renewed as planned',
  protocol: 'broke the protocol',
  unresponsive: 'stopped answering',
  'port-conflict': 'found its port taken',
  config: 'has a wrong setting',
  'rate-limit': 'met too many requests',
  deadline: 'overran its deadline',
  'parent-lost': 'lost its parent',
};
export const causeText = (cause: ExitCause): string => causes[cause];

/** "crashed (code 1)", "killed by a signal (SIGKILL)". */
export function exitText(exit: ExitView): string {
  if (exit.signal !== null) return `${causes[exit.cause]} (${exit.signal})`;
  return exit.code === null || exit.code === 0 ? causes[exit.cause] : `${causes[exit.cause]} (code ${exit.code})`;
}

/** "By hand 2 today, 5 in 7 days. Restarts: 3 crashed, 1 stood still": what does not begin anew with Roost. */
export function latelyText(figures: Pick<ProcessView, 'restartsByCause' | 'manualRestartsToday' | 'manualRestartsWeek'>): string {
  const { manualRestartsToday: today = 0, manualRestartsWeek: week = 0 } = figures;
  const causes = restartCausesText(figures.restartsByCause);
  return `By hand ${countText(today)} today, ${countText(week)} in 7 days. ${causes === '' ? 'No automatic restart in 7 days' : `Automatic in 7 days: ${causes}`}.`;
}

/** "3 crashed, 1 stood still": what the automatic restarts answered, the most frequent first. */
export function restartCausesText(byCause: ProcessView['restartsByCause']): string {
  const counted = Object.entries(byCause ?? {}) as [ExitCause, number][];
  return counted
    .sort(([, one], [, other]) => other - one)
    .map(([cause, count]) => `${countText(count)} ${causes[cause]}`)
    .join(', ');
}

const slotStates: Readonly<Record<SlotView['state'], string>> = {
  starting: 'warming up',
  ready: 'warm',
  assigned: 'in a session',
  busy: 'working',
  closing: 'closing',
  backoff: 'retrying soon',
};
export const slotStateText = (state: SlotView['state']): string => slotStates[state];

const sessionStates: Readonly<Record<SessionStatus, string>> = {
  waiting: 'Waiting in line',
  starting: 'Agent starting',
  ready: 'Ready',
  busy: 'Working',
  'waiting-human': 'Waiting for you',
  stopping: 'Stopping',
  ended: 'Ended',
  error: 'Error',
};
export const sessionStatusText = (status: SessionStatus): string => sessionStates[status];

const turnStates: Readonly<Record<TurnStatus, string>> = {
  queued: 'Queued',
  running: 'Working',
  'waiting-human': 'Waiting for you',
  done: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
};
export const turnStatusText = (status: TurnStatus): string => turnStates[status];
export const isTurnOpen = (status: TurnStatus): boolean => status === 'queued' || status === 'running' || status === 'waiting-human';

const phaseNames: Readonly<Record<Phase, string>> = {
  warmup_early: 'Early warm-up',
  warmup_mid: 'Mid warm-up',
  warmup_late: 'Late warm-up',
  learned: 'Learned',
};
export const phaseText = (phase: Phase): string => phaseNames[phase];
const phaseMeanings: Readonly<Record<Phase, string>> = {
  warmup_early: 'A fixed share of the turns tries the arms on purpose, so that each gets a fair start.',
  warmup_mid: 'What was learned takes over step by step; some turns still explore on purpose.',
  warmup_late: 'Mostly the learned policy; a small share still explores on purpose.',
  learned: 'The learned policy decides; a small forced share keeps the estimates honest.',
};
export const phaseMeaning = (phase: Phase): string => phaseMeanings[phase];

const policies: Readonly<Record<string, string>> = {
  thompson: 'Thompson sampling',
  linucb: 'LinUCB',
  lints: 'Linear Thompson sampling',
  ucb1: 'UCB1',
  'ucb1-tuned': 'UCB1-Tuned',
  squarecb: 'SquareCB',
  softmax: 'Softmax',
  'epsilon-greedy': 'Epsilon-greedy',
  static: 'Static weights',
};
export const policyText = (policy: string): string => policies[policy] ?? policy;

const decisionKinds: Readonly<Record<keyof CoordinatorView['kinds'], { readonly name: string; readonly meaning: string }>> = {
  forced: { name: 'Forced', meaning: 'drawn to try every arm, whatever was learned' },
  explore: { name: 'Explore', meaning: 'the policy tried an arm that is not the best so far' },
  exploit: { name: 'Exploit', meaning: 'the policy took the best arm so far' },
};
export const decisionKindText = (kind: keyof CoordinatorView['kinds']) => decisionKinds[kind];

/** "tools · 62 % · exploit": which arm served a turn and how likely it was to be picked. */
export function armChoiceText(turn: Pick<TurnView, 'arm' | 'propensity' | 'decisionKind'>): string | null {
  if (turn.arm === null) return null;
  const parts = [turn.arm];
  if (turn.propensity !== null) parts.push(shareText(turn.propensity));
  if (turn.decisionKind !== null) parts.push(decisionKinds[turn.decisionKind].name.toLowerCase());
  return parts.join(' · ');
}

const steps: Readonly<Record<string, string>> = {
  queue: 'Waited in queue',
  choose: 'Chose an arm',
  agent: 'Agent worked',
  deliver: 'Delivered to agent',
  provider: 'Provider answered',
  total: 'Whole turn',
};
export const stepText = (step: string): string => steps[step] ?? step;

/** The first start, as long as it goes as it should: a required process in trouble is bad news and no start-up. */
export function isStartingUp(health: Pick<Health, 'status' | 'reasons'>, processes: readonly Pick<ProcessView, 'required' | 'state'>[]): boolean {
  const troubled = processes.some(
    (process) => process.required && (process.state === 'backoff' || process.state === 'quarantined' || process.state === 'failed'),
  );
  return health.status === 'down' && !troubled && health.reasons.some((reason) => reason.code === 'starting');
}
const isHeld = (health: Pick<Health, 'status' | 'reasons'>): boolean => health.status === 'degraded' && health.reasons.some((reason) => reason.code === 'held');
const isStopping = (health: Pick<Health, 'reasons'>): boolean => health.reasons.some((reason) => reason.code === 'stopping');

/** The big words of the overview. */
export function healthHeadline(health: Health, startingUp: boolean): { readonly title: string; readonly sentence: string } {
  if (startingUp) return { title: 'Getting warm', sentence: 'Roost is starting what your agents need. This takes a few seconds.' };
  if (isStopping(health)) return { title: 'Stopping', sentence: 'Roost finishes the work in hand and takes no new work.' };
  if (isHeld(health)) return { title: 'Held', sentence: 'A person stopped new work. What was accepted is kept and goes on after the release.' };
  const { sessions } = health;
  switch (health.status) {
    case 'healthy':
      return {
        title: 'All warm',
        sentence: `Everything required is up and proved to work. ${plural(sessions.pool, 'agent')} ready, ${plural(sessions.active, 'session')} active.`,
      };
    case 'degraded':
      return {
        title: 'Degraded',
        sentence: `Work goes on, but ${health.reasons.length === 1 ? 'one thing needs' : `${countText(health.reasons.length)} things need`} a look.`,
      };
    case 'down':
      return { title: 'Down', sentence: 'Something required does not work. Turns that were accepted are kept and go on once it is back.' };
  }
}

/** One word for the pill in the header. */
export function healthWord(health: Pick<Health, 'status' | 'reasons'>, startingUp: boolean): string {
  if (startingUp) return 'Starting';
  if (isStopping(health)) return 'Stopping';
  if (isHeld(health)) return 'Held';
  return { healthy: 'Healthy', degraded: 'Degraded', down: 'Down' }[health.status];
}

const closings: Readonly<Record<string, string>> = {
  'shutting-down': 'Roost is shutting down.',
  'too-slow': 'This screen did not keep up.',
  'too-many-frames': 'This screen sent too much.',
};
/** Why a connection ended: the host sends a code, this screen a sentence. */
export function closeText(reason: string): string {
  return closings[reason] ?? (reason.includes(' ') ? reason : `Roost closed the connection (${reason}).`);
}
