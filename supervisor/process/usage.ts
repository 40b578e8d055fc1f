import { readFigures } from './proc-stat.js';
import { runTool } from './run-tool.js';
import { openWindowsProcesses, type WindowsProcesses } from './windows-processes.js';

export interface Usage {
  /** Resident memory of the process and all its descendants. */
  readonly rssBytes: number;
  /** Processor time they used so far. */
  readonly cpuMs: number;
}

interface UsageRow extends Usage {
  readonly pid: number;
  readonly ppid: number;
}

/** Sums each root with its whole tree; roots that are not in the table are left out. */
export function sumTrees(rows: readonly UsageRow[], roots: readonly number[]): Map<number, Usage> {
  const byPid = new Map(rows.map((row) => [row.pid, row]));
  const children = new Map<number, UsageRow[]>();
  for (const row of rows) {
    const siblings = children.get(row.ppid);
    if (siblings === undefined) children.set(row.ppid, [row]);
    else siblings.push(row);
  }
  const sums = new Map<number, Usage>();
  for (const root of roots) {
    const first = byPid.get(root);
    if (first === undefined) continue;
    const seen = new Set<number>([root]);
    const open = [first];
    let rssBytes = 0;
    let cpuMs = 0;
    for (let row = open.pop(); row !== undefined; row = open.pop()) {
      rssBytes += row.rssBytes;
      cpuMs += row.cpuMs;
      for (const child of children.get(row.pid) ?? []) {
        if (seen.has(child.pid)) continue;
        seen.add(child.pid);
        open.push(child);
      }
    }
    sums.set(root, { rssBytes, cpuMs });
  }
  return sums;
}

/** `[[dd-]hh:]mm:ss[.cc]` of ps, in milliseconds. */
export function parsePsTime(text: string): number {
  const match = /^(?:(?:(\d+)-)?(\d+):)?(\d+):(\d+(?:\.\d+)?)$/.exec(text);
  if (match === null) return 0;
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0)) as [number, number, number, number];
  return Math.round((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000);
}

/** Reads `ps -axo pid=,ppid=,rss=,time=`; rss is in KiB. */
export function parsePsUsage(text: string): UsageRow[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s*$/.exec(line);
    if (match === null) return [];
    return [{ pid: Number(match[1]), ppid: Number(match[2]), rssBytes: Number(match[3]) * 1024, cpuMs: parsePsTime(match[4] ?? '') }];
  });
}

let cachedPageBytes: number | undefined;

/** Node knows its own memory in bytes and /proc the same in pages: their ratio is the page size, a power of two. */
function pageBytes(ownPages: number): number {
  cachedPageBytes ??= 2 ** Math.round(Math.log2(process.memoryUsage.rss() / Math.max(1, ownPages)));
  return cachedPageBytes;
}

let windows: Promise<WindowsProcesses | null> | undefined;

/** Memory and processor time of each tree, from one pass over the process table; empty where the system does not tell cheaply. */
export async function sampleUsage(pids: readonly number[]): Promise<Map<number, Usage>> {
  if (pids.length === 0) return new Map();
  if (process.platform === 'win32') {
    windows ??= openWindowsProcesses().catch(() => null);
    return sumTrees((await windows)?.read() ?? [], pids);
  }
  if (process.platform !== 'linux') return sumTrees(parsePsUsage((await runTool('ps', ['-axo', 'pid=,ppid=,rss=,time='])) ?? ''), pids);
  const figures = await readFigures();
  const size = pageBytes(figures.find(({ pid }) => pid === process.pid)?.rssPages ?? 1);
  return sumTrees(
    figures.map(({ pid, ppid, rssPages, cpuMs }) => ({ pid, ppid, rssBytes: rssPages * size, cpuMs })),
    pids,
  );
}

/** Share of one core between two samples, in percent; never negative, as a tree may shrink between them. */
export function cpuPercent(earlier: Usage, later: Usage, elapsedMs: number): number {
  if (!(elapsedMs > 0)) return 0;
  return Math.max(0, Math.round(((later.cpuMs - earlier.cpuMs) / elapsedMs) * 1_000) / 10);
}
