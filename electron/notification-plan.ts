import type { ExitCause, ProcessView, State } from '../contract/state.js';

/** Something a person who does not look at the screen should hear about. */
export interface Trouble {
  readonly key: string;
  /** What is troubled, in words: "Redis", "worker-turns". */
  readonly subject: string;
  readonly title: string;
  readonly body: string;
  /** Where a person sees more of it. */
  readonly place: Place;
  /** How long it must last before it is worth a word. */
  readonly settleMs: number;
}

/** A page of the screen and what is open on it, as its address names them. */
export type Place = `/${string}`;

export interface Notice {
  readonly kind: 'down' | 'clear' | 'question';
  readonly title: string;
  readonly body: string;
  /** Where a click on it leads; nothing where the window itself is the answer. */
  readonly place?: Place;
}

export interface NotificationMemory {
  readonly pending: ReadonlyMap<string, { readonly trouble: Trouble; readonly sinceMs: number }>;
  readonly told: ReadonlyMap<string, { readonly trouble: Trouble; readonly sinceMs: number }>;
  /** Since when nothing that was told is troubled any more; null while something is. */
  readonly calmSinceMs: number | null;
  readonly lastDownAtMs: number;
}

export const freshNotificationMemory: NotificationMemory = { pending: new Map(), told: new Map(), calmSinceMs: null, lastDownAtMs: Number.NEGATIVE_INFINITY };

/** Longer than two pictures of the state lie apart. */
const backMs = 1_500;
/** What fails together is told together. */
const groupMs = 400;
/** Faults seen only through a probe may pass by themselves. */
const probeSettleMs = 5_000;
/** "It is back" must stay true for a moment. */
const calmMs = 1_000;
/** A process that goes up and down is not announced at every turn. */
const gapMs = 15_000;
const maxLines = 4;

/** A person or the plan ended it: nobody is surprised. */
const expected: ReadonlySet<ExitCause> = new Set(['deliberate', 'recycled']);

/** Programs choose what stands in these texts; a notification is one plain line. */
const plain = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, 240);
const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}${text === '' || /[.!?…]\s*$/.test(text) ? '' : '.'}`;
const processPlace = (name: string): Place => `/processes/${encodeURIComponent(name)}`;
const named = (one: Pick<ProcessView, 'name' | 'kind'>): string => (one.kind === 'redis' ? 'Redis' : plain(one.name));

/** A crash is news also when the restart was quicker than the picture of it. */
const isBackJustNow = (one: ProcessView): boolean => one.state === 'running' && (one.uptimeMs ?? Number.POSITIVE_INFINITY) < backMs;

/** What is wrong in this state. Nothing counts while stopping, and while starting only what has been given up. */
export function troublesOf(state: Pick<State, 'health' | 'processes'> & Partial<Pick<State, 'schedules'>>): readonly Trouble[] {
  const { health, processes, schedules = [] } = state;
  if (health.reasons.some((reason) => reason.code === 'stopping')) return [];
  const starting = health.reasons.some((reason) => reason.code === 'starting');
  const troubles: Trouble[] = [];
  const covered = new Set<string>();
  for (const one of processes) {
    if (!one.required || one.kind === 'agent') continue;
    if (one.state !== 'running') covered.add(one.name);
    const subject = named(one);
    if (one.state === 'quarantined' || one.state === 'failed') {
      troubles.push({
        key: `${one.name}:given-up`,
        subject,
        title: `${subject} keeps failing`,
        body: plain(one.detail),
        place: processPlace(one.name),
        settleMs: groupMs,
      });
    } else if (
      !starting &&
      one.lastExit !== null &&
      !expected.has(one.lastExit.cause) &&
      (one.state === 'backoff' || one.state === 'starting' || one.state === 'stopped' || isBackJustNow(one))
    ) {
      troubles.push({
        key: one.name,
        subject,
        title: `${subject} is down`,
        // Why it ended; its detail tells how the next start goes by now.
        body: plain(sentence(one.lastExit.message === '' ? one.detail : one.lastExit.message)),
        place: processPlace(one.name),
        settleMs: groupMs,
      });
    }
  }
  for (const one of schedules) {
    if (one.state !== 'parked') continue;
    const subject = `The schedule ${plain(one.name)}`;
    troubles.push({
      key: `schedule:${one.name}`,
      subject,
      title: `${subject} is parked`,
      body: plain(one.why ?? ''),
      place: `/schedules/${encodeURIComponent(one.name)}`,
      settleMs: groupMs,
    });
  }
  for (const reason of starting ? [] : health.reasons) {
    const about =
      reason.code === 'worker-unproved' ||
      reason.code === 'api-down' ||
      reason.code === 'agents-failing' ||
      (reason.code === 'redis-down' && !covered.has(reason.process));
    if (!about) continue;
    const subject =
      reason.code === 'api-down'
        ? 'The API'
        : reason.code === 'agents-failing'
          ? 'The agent pool'
          : reason.code === 'redis-down'
            ? 'Redis'
            : plain(reason.process);
    troubles.push({
      key: `${reason.process}:${reason.code}`,
      subject,
      title: `${subject} needs attention`,
      body: plain(reason.message),
      place: reason.code === 'agents-failing' ? '/agents' : reason.code === 'api-down' ? '/overview' : processPlace(reason.process),
      settleMs: probeSettleMs,
    });
  }
  return troubles;
}

const seconds = (ms: number): string =>
  ms < 10_000 ? `${(ms / 1_000).toFixed(1)} s` : ms < 120_000 ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / 60_000)} min`;
const list = (words: readonly string[]): string => (words.length < 3 ? words.join(' and ') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`);

function downNotice(troubles: readonly Trouble[]): Notice {
  const first = troubles[0];
  if (first !== undefined && troubles.length === 1) return { kind: 'down', title: first.title, body: first.body, place: first.place };
  const more = troubles.length - maxLines;
  const lines = troubles.slice(0, maxLines).map((one) => `${one.title}: ${one.body}`);
  return {
    kind: 'down',
    title: `${troubles.length} things need attention`,
    body: [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n'),
    place: '/overview',
  };
}

/**
 * What to show now and when to look again. Debounced (a trouble must last), grouped (one notification for
 * a burst), with one all-clear when everything that was told is well again. `nowMs` is monotonic.
 */
export function notificationPlan(
  memory: NotificationMemory,
  troubles: readonly Trouble[],
  nowMs: number,
): { readonly memory: NotificationMemory; readonly show: Notice | null; readonly againInMs: number | null } {
  const now = new Map(troubles.map((trouble) => [trouble.key, trouble]));
  const told = new Map(memory.told);
  const pending = new Map<string, { trouble: Trouble; sinceMs: number }>();
  for (const [key, trouble] of now) {
    if (!told.has(key)) pending.set(key, { trouble, sinceMs: memory.pending.get(key)?.sinceMs ?? nowMs });
  }

  const dueAt = Math.max(memory.lastDownAtMs + gapMs, Math.min(...[...pending.values()].map((one) => one.sinceMs + one.trouble.settleMs)));
  if (pending.size > 0 && dueAt <= nowMs) {
    const group = [...pending.values()].filter((one) => one.trouble.settleMs <= groupMs || one.sinceMs + one.trouble.settleMs <= nowMs);
    for (const one of group) {
      told.set(one.trouble.key, one);
      pending.delete(one.trouble.key);
    }
    return {
      memory: { pending, told, calmSinceMs: null, lastDownAtMs: nowMs },
      show: downNotice(group.map((one) => one.trouble)),
      againInMs: pending.size > 0 ? gapMs : null,
    };
  }

  const calm = told.size > 0 && now.size === 0;
  const calmSinceMs = calm ? (memory.calmSinceMs ?? nowMs) : null;
  if (calmSinceMs !== null && nowMs - calmSinceMs >= calmMs) {
    const subjects = [...new Set([...told.values()].map((one) => one.trouble.subject))];
    const since = Math.min(...[...told.values()].map((one) => one.sinceMs));
    const body = `${subjects.length === 1 ? 'It' : list(subjects)} recovered after ${seconds(calmSinceMs - since)}. Everything required is up.`;
    return {
      memory: { pending, told: new Map(), calmSinceMs: null, lastDownAtMs: memory.lastDownAtMs },
      show: { kind: 'clear', title: subjects.length === 1 ? `${subjects[0]} is back` : 'All clear', body, place: '/incidents' },
      againInMs: null,
    };
  }
  const waits = [...(pending.size > 0 ? [dueAt - nowMs] : []), ...(calmSinceMs === null ? [] : [calmSinceMs + calmMs - nowMs])];
  return { memory: { pending, told, calmSinceMs, lastDownAtMs: memory.lastDownAtMs }, show: null, againInMs: waits.length === 0 ? null : Math.min(...waits) };
}
