import { formatDuration } from '../../contract/quantities.js';
import type { TurnWork } from '../../contract/turn-work.js';

type Tool = TurnWork['tools'][number];

/** Where a turn stands when somebody has to say what takes so long. */
export interface Standing {
  /** Since the turn was put to an agent; null when none was there yet. */
  readonly askedForMs: number | null;
  /** Since the agent showed anything new. */
  readonly silentForMs: number;
  readonly textChars: number;
  readonly work: TurnWork | null;
  /** How long a tool call has been under way, by its id. */
  readonly runningForMs: (toolId: string) => number;
}

export interface Slowness {
  /** Who is slow: nobody there to ask, a command, the backend behind the agent, or the agent itself. */
  readonly slow: 'start' | 'command' | 'backend' | 'agent';
  readonly why: string;
  /** Tool calls that may have changed something. */
  readonly ran: readonly string[];
}

/** Kinds of the protocol (ACP ToolKind) that leave something behind; a kind we do not know might. */
const harmless: ReadonlySet<string> = new Set(['read', 'search', 'think', 'fetch', 'switch_mode']);
const shownCalls = 5;

const isUnderWay = ({ status }: Tool): boolean => status === 'in_progress' || status === 'pending';
const name = ({ title }: Tool): string => `“${title.length <= 80 ? title : `${title.slice(0, 79)}…`}”`;

/** Tool calls that may have changed something. One that only waits for its turn or for a person has not. */
export const effectsIn = (work: TurnWork | null): readonly Tool[] =>
  (work?.tools ?? []).filter((tool) => tool.status !== 'pending' && (tool.kind === null || !harmless.has(tool.kind)));

/** What may have run already and must not simply run again. */
export function effects(work: TurnWork | null): readonly string[] {
  const calls = effectsIn(work);
  const shown = calls.slice(0, shownCalls).map((tool) => `${name(tool)} (${isUnderWay(tool) ? 'under way' : tool.status.replaceAll('_', ' ')})`);
  return calls.length > shownCalls ? [...shown, `${calls.length - shownCalls} more`] : shown;
}

export function slownessOf(standing: Standing): Slowness {
  const { askedForMs, silentForMs, textChars, work, runningForMs } = standing;
  if (askedForMs === null) return { slow: 'start', why: 'no agent was there to ask', ran: [] };
  const ran = effects(work);
  const open = (work?.tools ?? []).filter(({ status }) => status === 'in_progress').sort((a, b) => runningForMs(b.id) - runningForMs(a.id))[0];
  if (open !== undefined) {
    const since = seconds(runningForMs(open.id));
    if (open.kind === 'fetch') return { slow: 'backend', why: `the backend was slow: ${name(open)} has had no answer for ${since}`, ran };
    return { slow: 'command', why: `the command was slow: ${name(open)} has run for ${since}`, ran };
  }
  const said = textChars === 0 ? 'had said nothing' : `had said ${textChars} characters and nothing new for ${seconds(silentForMs)}`;
  return { slow: 'agent', why: `the agent was slow: it worked for ${seconds(askedForMs)} and ${said}`, ran };
}

const seconds = (ms: number): string => (ms < 90_000 ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / 60_000)} min`);

/** For the end of a turn that ran out of time. */
export function timeoutMessage({ slow, why, ran }: Slowness, deadlineMs: number): string {
  const begun = `Not answered within ${formatDuration(deadlineMs)}: ${why}.`;
  if (slow === 'start') return `${begun} Nothing of it has run.`;
  return ran.length === 0 ? `${begun} No step that changes anything was seen.` : `${begun} May have run already: ${ran.join(', ')}.`;
}
