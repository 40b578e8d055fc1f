import { markNames } from './child-environment.js';
import { bootId, sameProcess } from './identity.js';
import { type ProcessRow, processesWithMark, readProcessTable } from './proc-stat.js';
import { runTool } from './run-tool.js';
import type { Identity } from './types.js';

export type KillStage = 'term' | 'kill';

export type KillAction =
  /** A negative target is a whole process group. */
  | { readonly kind: 'signal'; readonly target: number; readonly signal: NodeJS.Signals }
  /** Only if the pid still belongs to that very process. */
  | { readonly kind: 'signal-exactly'; readonly identity: Identity; readonly signal: 'SIGKILL' }
  | { readonly kind: 'run'; readonly file: string; readonly args: readonly string[] };

export interface KillTarget {
  readonly platform: NodeJS.Platform;
  readonly stage: KillStage;
  readonly rootPid: number;
  /** False for a child inside our own group: then only pids are signalled. */
  readonly leadsGroup: boolean;
  readonly descendants: readonly Identity[];
  readonly ownPid: number;
  /** The polite one; SIGTERM when not set. */
  readonly termSignal?: NodeJS.Signals;
}

/**
 * What ends a tree. Windows has no polite signal for a program without a window: there `term` is left
 * to the message that went before, and `kill` must come while the root lives, or its children are not found.
 */
export function killPlan({ platform, stage, rootPid, leadsGroup, descendants, ownPid, termSignal = 'SIGTERM' }: KillTarget): KillAction[] {
  const killable = (pid: number): boolean => Number.isInteger(pid) && pid > 1 && pid !== ownPid;
  if (!killable(rootPid)) return [];
  if (platform === 'win32') return stage === 'term' ? [] : [{ kind: 'run', file: 'taskkill', args: ['/PID', String(rootPid), '/T', '/F'] }];
  const target = leadsGroup ? -rootPid : rootPid;
  if (stage === 'term') return [{ kind: 'signal', target, signal: termSignal }];
  return [
    { kind: 'signal', target, signal: 'SIGKILL' },
    ...descendants
      .filter(({ pid }) => killable(pid) && pid !== rootPid)
      .map((identity): KillAction => ({ kind: 'signal-exactly', identity, signal: 'SIGKILL' })),
  ];
}

/** Children and children of children, and everything in the root's group; without the root itself. */
export function descendantsOf(rows: readonly ProcessRow[], rootPid: number): ProcessRow[] {
  const children = new Map<number, ProcessRow[]>();
  for (const row of rows) {
    const siblings = children.get(row.ppid);
    if (siblings === undefined) children.set(row.ppid, [row]);
    else siblings.push(row);
  }
  const found = new Map<number, ProcessRow>();
  const walk = (pid: number): void => {
    for (const row of children.get(pid) ?? []) {
      if (row.pid === rootPid || found.has(row.pid)) continue;
      found.set(row.pid, row);
      walk(row.pid);
    }
  };
  walk(rootPid);
  for (const row of rows) {
    if (row.groupId !== rootPid || row.pid === rootPid || found.has(row.pid)) continue;
    found.set(row.pid, row);
    walk(row.pid);
  }
  return [...found.values()].filter((row) => !row.zombie);
}

/** The living descendants by identity: after the root is gone they have another parent and could not be found this way. */
export async function snapshotDescendants(rootPid: number): Promise<Identity[]> {
  const boot = bootId();
  return descendantsOf(await readProcessTable(), rootPid).map((row) => ({ pid: row.pid, startedAt: row.startedAt, bootId: boot }));
}

/** False when there was nobody to signal. A negative target is a group. */
export function sendSignal(target: number, signal: NodeJS.Signals): boolean {
  // To the kernel 0 is our own group and -1 everybody: a pid that got lost must never become one of these.
  if (!Number.isInteger(target) || Math.abs(target) <= 1 || Math.abs(target) === process.pid) return false;
  try {
    return process.kill(target, signal);
  } catch {
    // ESRCH: gone already. EPERM: not ours to signal (another user's since); both mean there is nothing to do here.
    return false;
  }
}

/** Signals that very process and no other that took over its pid. */
export function signalExactly(identity: Identity, signal: 'SIGTERM' | 'SIGKILL'): boolean {
  if (identity.pid <= 1 || identity.pid === process.pid) return false;
  return sameProcess(identity) && sendSignal(identity.pid, signal);
}

export function performKill(actions: readonly KillAction[]): void {
  for (const action of actions) {
    if (action.kind === 'signal') sendSignal(action.target, action.signal);
    else if (action.kind === 'signal-exactly') signalExactly(action.identity, action.signal);
    // taskkill says 128 for "already gone"; what matters is the exit we wait for, so its answer is not read.
    else void runTool(action.file, action.args);
  }
}

/**
 * After the exit of roots: kills what they left behind, by snapshot and, on Linux, by the mark in the
 * environment. `roots` maps the incarnation of each to its snapshot; the pids killed come back by incarnation.
 */
export async function killLeftovers(roots: ReadonlyMap<string, readonly Identity[]>): Promise<ReadonlyMap<string, readonly number[]>> {
  const killed = new Map<string, Set<number>>();
  const kill = (incarnationId: string, identity: Identity): void => {
    if (!signalExactly(identity, 'SIGKILL')) return;
    const pids = killed.get(incarnationId);
    if (pids === undefined) killed.set(incarnationId, new Set([identity.pid]));
    else pids.add(identity.pid);
  };
  for (const [incarnationId, snapshot] of roots) for (const identity of snapshot) kill(incarnationId, identity);
  const boot = bootId();
  const prefix = `${markNames.incarnation}=`;
  // The mark is unique to one spawn, so whoever carries it is ours, wherever it moved to.
  for (const { pid, startedAt, mark } of await processesWithMark(new Set([...roots.keys()].map((id) => prefix + id)))) {
    kill(mark.slice(prefix.length), { pid, startedAt, bootId: boot });
  }
  return new Map([...killed].map(([incarnationId, pids]) => [incarnationId, [...pids]]));
}
