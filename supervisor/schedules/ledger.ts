import { z } from 'zod';
import { type RunView, runKinds, type runOutcomes, runViewSchema } from '../../contract/schedules.js';

/** A run that has its id but no job yet. */
export const plannedRunSchema = z.object({
  id: z.string(),
  kind: z.enum(runKinds),
  dueMs: z.number().nullable(),
  notBeforeMs: z.number(),
});
export type PlannedRun = z.infer<typeof plannedRunSchema>;

const markSchema = z.object({ atMs: z.number(), why: z.string() });
export type Mark = z.infer<typeof markSchema>;

/** What is remembered of one schedule, in Redis, shared by all nodes. */
export interface Ledger {
  /** Whose occurrences `lastMs` speaks of; another rule begins anew. */
  readonly rule: string | undefined;
  /** Occurrences up to here are dealt with. */
  readonly lastMs: number | undefined;
  /** Raised when the clock was set back so far that times come again: part of the ids from then on. */
  readonly era: number;
  /** Decided and perhaps already in the queue: noted before, so that a crash in between neither loses nor doubles it. */
  readonly pending: PlannedRun | undefined;
  readonly line: readonly PlannedRun[];
  readonly paused: Mark | undefined;
  readonly parked: Mark | undefined;
}

export const emptyLedger: Ledger = { rule: undefined, lastMs: undefined, era: 0, pending: undefined, line: [], paused: undefined, parked: undefined };

export type LedgerPatch = { readonly [K in keyof Ledger]?: Ledger[K] | undefined };

const jsonOf = <T>(schema: z.ZodType<T>, text: string | undefined): T | undefined => {
  if (text === undefined) return undefined;
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    // Written by another version, or by hand: as good as not there.
    return undefined;
  }
};

const numberOf = (text: string | undefined): number | undefined => (text !== undefined && Number.isSafeInteger(Number(text)) ? Number(text) : undefined);

export function ledgerOf(fields: Readonly<Record<string, string>>): Ledger {
  return {
    rule: fields['rule'],
    lastMs: numberOf(fields['lastMs']),
    era: numberOf(fields['era']) ?? 0,
    pending: jsonOf(plannedRunSchema, fields['pending']),
    line: jsonOf(z.array(plannedRunSchema), fields['line']) ?? [],
    paused: jsonOf(markSchema, fields['paused']),
    parked: jsonOf(markSchema, fields['parked']),
  };
}

/** As fields to set and names of fields to take away. */
export function fieldsOf(patch: LedgerPatch): { readonly set: readonly string[]; readonly drop: readonly string[] } {
  const set: string[] = [];
  const drop: string[] = [];
  for (const [name, value] of Object.entries(patch)) {
    if (value === undefined || (Array.isArray(value) && value.length === 0)) drop.push(name);
    else set.push(name, typeof value === 'object' ? JSON.stringify(value) : String(value));
  }
  return { set, drop };
}

/** Newest first; what cannot be read is left out. */
export function runsOf(fields: Readonly<Record<string, string>>): RunView[] {
  return Object.values(fields)
    .flatMap((text) => jsonOf(runViewSchema, text) ?? [])
    .sort((a, b) => b.atMs - a.atMs || (b.dueMs ?? 0) - (a.dueMs ?? 0));
}

const openOutcomes: ReadonlySet<(typeof runOutcomes)[number]> = new Set(['waiting', 'running']);
export const isOpen = (run: Pick<RunView, 'outcome'>): boolean => openOutcomes.has(run.outcome);
