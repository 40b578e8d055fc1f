import { type Clock, sleep } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import { markNames } from './child-environment.js';
import { bootId, readIdentityNow, sameProcess } from './identity.js';
import { compactLedger, type LedgerEntry, ledgerPath, readLedger } from './ledger.js';
import { processesWithMark, readProcessTable } from './proc-stat.js';
import { killPlan, performKill, signalExactly, snapshotDescendants } from './tree.js';
import type { Identity } from './types.js';

export interface Reaped {
  readonly name: string;
  readonly pid: number;
  /** `gone`: ended meanwhile. `not-ours`: the pid belongs to somebody else now and was left alone. */
  readonly action: 'killed' | 'gone' | 'not-ours' | 'survived';
}

export interface ReapOptions {
  readonly dataDir: string;
  /** Of the run that is starting: its own children are not touched. */
  readonly runId: string;
  readonly clock: Clock;
  readonly log: Log;
  /** How long a Redis left behind may take to end politely, with its files in order. */
  readonly politeMs?: number;
  readonly deadlineMs?: number;
}

const pollMs = 25;

/**
 * Ends what earlier runs left behind, and nothing else: a process must match its ledger entry by pid,
 * start mark and boot, or carry the mark of an earlier run in its environment. Call it once the data
 * directory is proven ours and before anything is launched.
 */
export async function reapLeftovers(options: ReapOptions): Promise<Reaped[]> {
  const path = ledgerPath(options.dataDir);
  const ledger = readLedger(path);
  if (ledger.unreadable > 0) options.log.warn('the ledger of processes has lines that cannot be read', { path, lines: ledger.unreadable });
  const earlier = ledger.open.filter((entry) => entry.runId !== options.runId);
  const report = await Promise.all(earlier.map((entry) => reapEntry(entry, options)));
  report.push(...(await reapMarked(ledger.runIds, options)));
  const survivors = new Set(report.filter(({ action }) => action === 'survived').map(({ pid }) => pid));
  compactLedger(
    path,
    ledger.open.filter((entry) => entry.runId === options.runId || survivors.has(entry.pid)),
  );
  for (const { name, pid, action } of report) if (action !== 'gone') options.log.info('left behind by an earlier run', { process: name, pid, action });
  return report;
}

async function reapEntry(entry: LedgerEntry, options: ReapOptions): Promise<Reaped> {
  const { name, pid } = entry;
  const identity: Identity = { pid, startedAt: entry.startedAt, bootId: entry.bootId };
  // A zombie whose parent does not collect it still has its number, and is as gone as can be.
  if (!isAlive(pid) || (process.platform === 'linux' && readIdentityNow(pid) === null)) return { name, pid, action: 'gone' };
  // Also when its start mark never became known: better a leftover than somebody else's process.
  if (entry.startedAt === '' || !sameProcess(identity)) return { name, pid, action: 'not-ours' };
  const descendants = await snapshotDescendants(pid);
  const deadlineMs = options.deadlineMs ?? 5_000;
  if (entry.program.includes('redis') || entry.program.includes('valkey')) {
    signalExactly(identity, 'SIGTERM');
    if (await isGone(identity, options.politeMs ?? 2_000, options.clock)) {
      for (const descendant of descendants) signalExactly(descendant, 'SIGKILL');
      return { name, pid, action: 'killed' };
    }
  }
  if (process.platform === 'win32') {
    performKill(killPlan({ platform: process.platform, stage: 'kill', rootPid: pid, leadsGroup: false, descendants, ownPid: process.pid }));
  } else if (await leadsGroup(pid)) {
    // Checked again with nothing in between: the group's number is only ours while its leader is.
    if (sameProcess(identity))
      performKill(killPlan({ platform: process.platform, stage: 'kill', rootPid: pid, leadsGroup: true, descendants, ownPid: process.pid }));
  } else {
    for (const one of [identity, ...descendants]) signalExactly(one, 'SIGKILL');
  }
  return { name, pid, action: (await isGone(identity, deadlineMs, options.clock)) ? 'killed' : 'survived' };
}

/** Linux: grandchildren that moved to a session of their own and outlived their parent. */
async function reapMarked(runIds: readonly string[], options: ReapOptions): Promise<Reaped[]> {
  const marks = new Set(runIds.filter((runId) => runId !== options.runId).map((runId) => `${markNames.run}=${runId}`));
  if (marks.size === 0) return [];
  const spared = await ownLine();
  const boot = bootId();
  const report: Reaped[] = [];
  for (const { pid, startedAt } of await processesWithMark(marks)) {
    if (spared.has(pid)) continue;
    const identity: Identity = { pid, startedAt, bootId: boot };
    if (!signalExactly(identity, 'SIGKILL')) continue;
    report.push({ name: 'grandchild', pid, action: (await isGone(identity, options.deadlineMs ?? 5_000, options.clock)) ? 'killed' : 'survived' });
  }
  return report;
}

/** Ourselves and our ancestors: Roost may have been started by an agent of an earlier run. */
async function ownLine(): Promise<Set<number>> {
  const parents = new Map((await readProcessTable()).map((row) => [row.pid, row.ppid]));
  const line = new Set<number>();
  for (let pid: number | undefined = process.pid; pid !== undefined && pid > 0 && !line.has(pid); pid = parents.get(pid)) line.add(pid);
  return line;
}

async function leadsGroup(pid: number): Promise<boolean> {
  return (await readProcessTable()).some((row) => row.pid === pid && row.groupId === pid);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: somebody is there, of another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function isGone(identity: Identity, waitMs: number, clock: Clock): Promise<boolean> {
  const end = clock.monoMs() + waitMs;
  while (sameProcess(identity)) {
    if (clock.monoMs() >= end) return false;
    await sleep(clock, pollMs);
  }
  return true;
}
