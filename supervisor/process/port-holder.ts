import type { PortOwner } from './port-owner.js';

/** What is ours, to tell the holder of a port apart by. */
export interface Ours {
  /** Of this run; all runs of one data directory share what stands before the dot. */
  readonly runId: string;
  /** The pid of Roost itself. */
  readonly ownPid: number;
  /** Living processes of this run. */
  readonly live: readonly { readonly pid: number | null; readonly name: string }[];
}

export type Holder =
  | { readonly kind: 'roost' }
  /** A living process of this run, or something it started. */
  | { readonly kind: 'ours'; readonly name: string }
  /** Started by this run or an earlier one, and nobody's child any more. */
  | { readonly kind: 'orphan'; readonly name: string; readonly earlierRun: boolean }
  /** Carries the mark of another Roost. */
  | { readonly kind: 'other-roost'; readonly name: string }
  | { readonly kind: 'stranger' };

const familyOf = (runId: string): string | null => /^([^.]+)\../.exec(runId)?.[1] ?? null;

/** Marks are proof, pids of living processes and their children are proof; whatever has neither is a stranger and never touched. */
export function holderOf(owner: PortOwner, ours: Ours): Holder {
  if (owner.pid === ours.ownPid) return { kind: 'roost' };
  for (const pid of [owner.pid, ...(owner.parents ?? [])]) {
    const living = ours.live.find((one) => one.pid === pid);
    if (living !== undefined) return { kind: 'ours', name: living.name };
  }
  const { runId, process: name = 'a process' } = owner;
  if (runId === undefined) return { kind: 'stranger' };
  if (runId === ours.runId) return { kind: 'orphan', name, earlierRun: false };
  const family = familyOf(runId);
  return family !== null && family === familyOf(ours.runId) ? { kind: 'orphan', name, earlierRun: true } : { kind: 'other-roost', name };
}

/** `python3 -m http.server 8000 (pid 4711), not started by Roost: end it, or use another port`. */
export function holderText({ pid, command }: PortOwner, holder: Holder): string {
  const who = `${command} (pid ${pid})`;
  switch (holder.kind) {
    case 'roost':
      return `Roost itself (pid ${pid})`;
    case 'ours':
      return `${who}, the process ${holder.name} of Roost: give one of the two another port`;
    case 'orphan':
      return holder.earlierRun
        ? `${who}, left over from ${holder.name} of an earlier run of Roost: end it, nothing needs it any more`
        : `${who}, left over from an earlier life of ${holder.name}: Roost ends it`;
    case 'other-roost':
      return `${who}, the process ${holder.name} of another Roost on this machine: stop that one, or use another port`;
    case 'stranger':
      return `${who}, not started by Roost: end it, or use another port`;
  }
}
