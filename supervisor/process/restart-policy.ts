import type { ExitView } from '../../contract/state.js';
import { type Backoff, delayFor, restartBackoff } from '../../core/base/backoff.js';
import type { Random } from '../../core/base/clock.js';
import { deathSignature } from './death-signature.js';

export interface RestartLimits {
  readonly backoff: Backoff;
  /** Running this long forgets earlier failures. */
  readonly stableMs: number;
  /** At most `starts` automatic starts within `windowMs`; then a pause with one try every `probeMs`. */
  readonly burst: { readonly starts: number; readonly windowMs: number; readonly probeMs: number };
  /** At most `starts` automatic starts within `windowMs`; then nothing more until a person asks. */
  readonly total: { readonly starts: number; readonly windowMs: number };
  /** This many deaths in a row with one signature, each before or at most `startupMs` after ready, and another try is only a probe. */
  readonly sameDeath: { readonly deaths: number; readonly startupMs: number };
  /** The pause after an end for too many requests: no failure, and no use in coming back soon. */
  readonly rateLimit: Backoff;
  /** The pause after a start for which the machine had no room. */
  readonly shortage: Backoff;
}

export const defaultRestartLimits: RestartLimits = {
  backoff: restartBackoff,
  stableMs: 300_000,
  burst: { starts: 5, windowMs: 60_000, probeMs: 300_000 },
  total: { starts: 10, windowMs: 600_000 },
  sameDeath: { deaths: 3, startupMs: 2_000 },
  rateLimit: { firstMs: 60_000, factor: 2, capMs: 600_000, jitter: 0.2 },
  shortage: { firstMs: 1_000, factor: 1.5, capMs: 5_000, jitter: 0.2 },
};

/** Times are monotonic. */
export interface RestartHistory {
  /** Automatic starts, oldest first; those a person asked for are free. */
  readonly starts: readonly number[];
  /** Restarts decided since the last stable run. */
  readonly failures: number;
  readonly lastDelayMs: number;
  /** The signature of the last death while starting, and how often in a row. */
  readonly sameDeath: { readonly key: string; readonly count: number } | null;
  /** Ends in a row that are no failures: for too many requests, or for want of room on the machine. */
  readonly rateLimits: number;
}

export const noHistory: RestartHistory = { starts: [], failures: 0, lastDelayMs: 0, sameDeath: null, rateLimits: 0 };

export type RestartDecision =
  | { readonly kind: 'stay'; readonly detail: string }
  | { readonly kind: 'restart'; readonly delayMs: number; readonly detail: string }
  | { readonly kind: 'quarantine'; readonly probeMs: number; readonly detail: string }
  | { readonly kind: 'failed'; readonly detail: string };

export interface EndedLife {
  readonly exit: ExitView;
  /** Time between ready and exit; null when it never became ready. */
  readonly ranMs: number | null;
  /** It was the single try of a quarantine. */
  readonly probe: boolean;
}

/** Every start within the longest window, with this one; asked for by nobody. */
export function withStart(history: RestartHistory, nowMs: number, limits: RestartLimits): RestartHistory {
  const longestMs = Math.max(limits.burst.windowMs, limits.total.windowMs);
  return { ...history, starts: [...history.starts.filter((atMs) => atMs > nowMs - longestMs), nowMs] };
}

/** A long enough run forgets the failures before it, however it ended. */
export function settled(history: RestartHistory, ranMs: number | null, limits: RestartLimits): RestartHistory {
  return ranMs !== null && ranMs >= limits.stableMs ? { ...history, failures: 0, lastDelayMs: 0, sameDeath: null, rateLimits: 0 } : history;
}

const seconds = (ms: number): string =>
  ms < 10_000 ? `${Math.round(ms / 100) / 10} s` : ms < 120_000 ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / 60_000)} min`;

/** What follows an exit. Deliberate ends stay down, a wrong configuration waits for a person, a recycled process comes back at once. */
export function decide(
  history: RestartHistory,
  life: EndedLife,
  nowMs: number,
  random: Random,
  limits: RestartLimits = defaultRestartLimits,
): { readonly history: RestartHistory; readonly decision: RestartDecision } {
  const { exit, ranMs, probe } = life;
  if (exit.cause === 'deliberate') return { history, decision: { kind: 'stay', detail: exit.message } };
  if (exit.cause === 'config') return { history, decision: { kind: 'failed', detail: `Another try cannot help: ${exit.message}.` } };
  // Planned and it did its work: neither a failure nor a reason to wait.
  if (exit.cause === 'recycled' && ranMs !== null) return { history, decision: { kind: 'restart', delayMs: 0, detail: exit.message } };

  const past = settled(history, ranMs, limits);
  if (exit.shortage === true) return afterShortage(past, exit, random, limits);
  if (exit.cause === 'rate-limit') return afterRateLimit(past, exit, nowMs, random, limits);
  const startsSince = (sinceMs: number): number => past.starts.filter((atMs) => atMs > sinceMs).length;
  const { burst, total, backoff } = limits;
  // The first crash of a process that worked is answered at once; from the second on it waits, never shorter than before.
  const first = past.failures === 0 && ranMs !== null && ranMs >= limits.sameDeath.startupMs;
  const delayMs = first ? 0 : Math.max(past.lastDelayMs, delayFor(backoff, past.failures, random));
  const { sameDeath, breaks } = sameDeathAs(past, life, limits);
  const next: RestartHistory = { ...past, failures: past.failures + 1, lastDelayMs: delayMs, sameDeath, rateLimits: 0 };

  const closesAgain = probe && (ranMs === null || ranMs < burst.windowMs);
  if (breaks !== null || closesAgain || startsSince(nowMs + delayMs - burst.windowMs) >= burst.starts) {
    if (startsSince(nowMs + burst.probeMs - total.windowMs) >= total.starts) return { history: next, decision: exhausted(exit, limits) };
    const why =
      breaks ?? `${closesAgain ? 'The single try failed' : `It was started ${burst.starts} times within ${seconds(burst.windowMs)}`}; last: ${exit.message}`;
    return { history: next, decision: { kind: 'quarantine', probeMs: burst.probeMs, detail: `${why}. One try follows every ${seconds(burst.probeMs)}.` } };
  }
  if (startsSince(nowMs + delayMs - total.windowMs) >= total.starts) return { history: next, decision: exhausted(exit, limits) };
  return {
    history: next,
    decision: { kind: 'restart', delayMs, detail: `Starts again ${delayMs === 0 ? 'at once' : `in ${seconds(delayMs)}`}: ${exit.message}.` },
  };
}

/** Counts deaths of one signature while starting; `breaks` says so once they are enough. */
function sameDeathAs(
  past: RestartHistory,
  { exit, ranMs }: EndedLife,
  { sameDeath: limit }: RestartLimits,
): { readonly sameDeath: RestartHistory['sameDeath']; readonly breaks: string | null } {
  const signature = ranMs === null || ranMs < limit.startupMs ? deathSignature(exit) : null;
  if (signature === null) return { sameDeath: null, breaks: null };
  const count = past.sameDeath?.key === signature.key ? past.sameDeath.count + 1 : 1;
  // Who holds a port is worth more than the words of a program that did not get it.
  const how = exit.cause === 'port-conflict' ? `: ${exit.message}` : ` (${signature.text})`;
  const breaks = count < limit.deaths ? null : `It died ${count} times in a row in the same way while starting${how}`;
  return { sameDeath: { key: signature.key, count }, breaks };
}

/** A longer pause each time, long enough for the start to fit every window: it is never given up for this. */
function afterRateLimit(
  past: RestartHistory,
  exit: ExitView,
  nowMs: number,
  random: Random,
  limits: RestartLimits,
): { readonly history: RestartHistory; readonly decision: RestartDecision } {
  const fits = [limits.burst, limits.total].map(({ starts, windowMs }) => (past.starts.at(-starts) ?? Number.NEGATIVE_INFINITY) + windowMs - nowMs);
  const delayMs = Math.ceil(Math.max(delayFor(limits.rateLimit, past.rateLimits, random), ...fits));
  const decision: RestartDecision = { kind: 'restart', delayMs, detail: `Pauses for ${seconds(delayMs)}, which is no crash: ${exit.message}.` };
  return { history: { ...past, sameDeath: null, rateLimits: past.rateLimits + 1 }, decision };
}

/** Nothing was started: it counts neither as a start nor as a death, and is tried until there is room. */
function afterShortage(
  past: RestartHistory,
  exit: ExitView,
  random: Random,
  limits: RestartLimits,
): { readonly history: RestartHistory; readonly decision: RestartDecision } {
  const delayMs = delayFor(limits.shortage, past.rateLimits, random);
  const decision: RestartDecision = { kind: 'restart', delayMs, detail: `Tries again in ${seconds(delayMs)}, when there may be room: ${exit.message}.` };
  return { history: { ...past, starts: past.starts.slice(0, -1), rateLimits: past.rateLimits + 1 }, decision };
}

function exhausted(exit: ExitView, { total }: RestartLimits): RestartDecision {
  return { kind: 'failed', detail: `It was started ${total.starts} times within ${seconds(total.windowMs)} and waits for a person; last: ${exit.message}.` };
}
