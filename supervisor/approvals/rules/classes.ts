/** What may happen to a command of an agent: it runs, it waits for a person, it never runs. In rising order. */
export const ruleClasses = ['safe', 'dangerous', 'blocked'] as const;
export type RuleClass = (typeof ruleClasses)[number];

export interface Verdict {
  readonly class: RuleClass;
  /** Which rule decided; goes into the audit log. */
  readonly rule: string;
  /** For a person, the rest of a sentence about the command. */
  readonly reason: string;
}

const rank = (verdict: Verdict): number => ruleClasses.indexOf(verdict.class);
export const worse = (left: Verdict, right: Verdict): Verdict => (rank(right) > rank(left) ? right : left);
export const safe = (rule: string, reason: string): Verdict => ({ class: 'safe', rule, reason });
export const dangerous = (rule: string, reason: string): Verdict => ({ class: 'dangerous', rule, reason });
export const blocked = (rule: string, reason: string): Verdict => ({ class: 'blocked', rule, reason });
