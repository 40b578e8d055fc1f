import type { Approval } from '../contract/approvals.js';
import type { Notice } from './notification-plan.js';

export interface QuestionMemory {
  /** Approvals that were announced; only of those that still wait. */
  readonly told: ReadonlySet<string>;
  readonly lastAtMs: number;
}

export const freshQuestionMemory: QuestionMemory = { told: new Set(), lastAtMs: Number.NEGATIVE_INFINITY };

/** An agent that asks again and again must not take over the desktop. */
const gapMs = 10_000;
const maxTextChars = 200;

/** Agents choose what stands in these texts; a notification is one plain line. */
const plain = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, maxTextChars);

/** What to say about questions of agents now, and when to look again. `nowMs` is monotonic. */
export function questionPlan(
  memory: QuestionMemory,
  pending: readonly Pick<Approval, 'id' | 'agentId' | 'title' | 'kind'>[],
  nowMs: number,
): { readonly memory: QuestionMemory; readonly show: Notice | null; readonly againInMs: number | null } {
  const told = new Set(pending.map(({ id }) => id).filter((id) => memory.told.has(id)));
  const fresh = pending.filter(({ id }) => !told.has(id));
  const [first] = fresh;
  if (first === undefined) return { memory: { told, lastAtMs: memory.lastAtMs }, show: null, againInMs: null };
  const waitMs = memory.lastAtMs + gapMs - nowMs;
  if (waitMs > 0) return { memory: { told, lastAtMs: memory.lastAtMs }, show: null, againInMs: waitMs };
  const title = fresh.length === 1 ? `${plain(first.agentId)} waits for you` : `${fresh.length} questions of agents wait for you`;
  const wish = first.kind === 'command' ? 'It wants to run' : 'It asks';
  const body =
    fresh.length === 1
      ? `${wish}: ${plain(first.title)}`
      : fresh
          .map((one) => `${plain(one.agentId)}: ${plain(one.title)}`)
          .slice(0, 4)
          .join('\n');
  return {
    memory: { told: new Set(pending.map(({ id }) => id)), lastAtMs: nowMs },
    show: { kind: 'question', title, body, place: '/approvals' },
    againInMs: null,
  };
}
