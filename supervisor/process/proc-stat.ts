import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { runTool } from './run-tool.js';

/** One row of the system's process table. */
export interface ProcessRow {
  readonly pid: number;
  readonly ppid: number;
  readonly groupId: number;
  /** The kernel's own start mark; with the pid and the boot it names one process for ever. */
  readonly startedAt: string;
  /** Exited, waiting to be collected: takes no signal and holds nothing. */
  readonly zombie: boolean;
  /** Null where the table does not tell. */
  readonly cpuMs: number | null;
  readonly rssPages: number | null;
}

/** USER_HZ: 100 on every Linux that Node runs on. */
const msPerTick = 10;

/** Reads /proc/<pid>/stat; the name in parentheses may hold anything, also parentheses and spaces. */
export function parseStat(text: string): ProcessRow | null {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 0 || close < open) return null;
  const pid = Number(text.slice(0, open).trim());
  const fields = text
    .slice(close + 1)
    .trim()
    .split(/\s+/);
  const at = (field: number): number => Number(fields[field - 3]);
  const startedAt = fields[22 - 3];
  if (!Number.isInteger(pid) || pid <= 0 || startedAt === undefined || !Number.isInteger(at(4)) || !Number.isInteger(at(5))) return null;
  return {
    pid,
    ppid: at(4),
    groupId: at(5),
    startedAt,
    zombie: fields[0] === 'Z' || fields[0] === 'X',
    // With collected children (fields 16, 17), so that the sum over a tree does not fall when a child ends.
    cpuMs: (at(14) + at(15) + at(16) + at(17)) * msPerTick,
    rssPages: at(24),
  };
}

/** Reads `ps -axo pid=,ppid=,pgid=,stat=,lstart=`. */
export function parsePsTable(text: string): ProcessRow[] {
  const rows: ProcessRow[] = [];
  for (const line of text.split('\n')) {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S.*\S)\s*$/.exec(line);
    if (match === null) continue;
    rows.push({
      pid: Number(match[1]),
      ppid: Number(match[2]),
      groupId: Number(match[3]),
      startedAt: match[5] ?? '',
      zombie: match[4]?.startsWith('Z') === true,
      cpuMs: null,
      rssPages: null,
    });
  }
  return rows;
}

/** After so many processes the event loop turns: on a machine with thousands of them nobody waits for this. */
const batchSize = 32;

/** What `read` makes of each pid under /proc; those that are gone or forbidden are left out. Read at once, not by the thread pool: a file of the kernel's own costs less than the way there and back. */
export async function eachProcess<T>(read: (pid: number) => T | null | Promise<T | null>): Promise<T[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found: T[] = [];
  for (const [index, pid] of pids.entries()) {
    if (index % batchSize === batchSize - 1) await new Promise((resolve) => setImmediate(resolve));
    try {
      const answer = read(pid);
      const item = answer instanceof Promise ? await answer : answer;
      if (item !== null) found.push(item);
    } catch {
      // Gone, or not for our eyes.
    }
  }
  return found;
}

/** As UTF-8: for any other encoding Node takes a buffer of 64 kB for a file that does not tell its size, ten times the work, and the memory makes every fork slower. */
const readNow = (pid: number, name: string): string => readFileSync(`/proc/${pid}/${name}`, 'utf8');

/** The letter under which Linux shows what a process does: `S` waits, `T` is stopped, `Z` is dead; null for none. */
export function stateOf(pid: number): string | null {
  try {
    const text = readNow(pid, 'stat');
    return text[text.lastIndexOf(')') + 2] ?? null;
  } catch {
    return null;
  }
}

/** The process table, or an empty one where it cannot be read (Windows: the tree is killed by the system's own tool). */
export async function readProcessTable(platform: NodeJS.Platform = process.platform): Promise<ProcessRow[]> {
  if (platform === 'linux') return eachProcess((pid) => parseStat(readNow(pid, 'stat')));
  if (platform === 'win32') return [];
  return parsePsTable((await runTool('ps', ['-axo', 'pid=,ppid=,pgid=,stat=,lstart='])) ?? '');
}

const scanBuffer = Buffer.allocUnsafeSlow(256 * 1024);

/** The environment of a process in a buffer that the next call overwrites. */
function scanned(pid: number): Buffer {
  const fd = openSync(`/proc/${pid}/environ`, 'r');
  try {
    let length = 0;
    for (let read = -1; read !== 0 && length < scanBuffer.length; length += read) read = readSync(fd, scanBuffer, length, scanBuffer.length - length, null);
    return length < scanBuffer.length ? scanBuffer.subarray(0, length) : readFileSync(`/proc/${pid}/environ`);
  } finally {
    closeSync(fd);
  }
}

export interface MarkedProcess {
  readonly pid: number;
  readonly startedAt: string;
  /** The whole `NAME=value` that was found. */
  readonly mark: string;
}

/** Linux: processes whose first environment holds one of `marks` (each `NAME=value`). */
export async function processesWithMark(marks: ReadonlySet<string>): Promise<MarkedProcess[]> {
  if (process.platform !== 'linux' || marks.size === 0) return [];
  const names = [...new Set([...marks].map((mark) => mark.slice(0, mark.indexOf('=') + 1)))];
  const wanted = names.map((name) => Buffer.from(name, 'latin1'));
  return eachProcess((pid) => {
    // Nearly all are strangers: looked through in place, without a string for each.
    if (!wanted.some((name) => scanned(pid).includes(name))) return null;
    const environment = readNow(pid, 'environ');
    const mark = environment.split('\0').find((entry) => marks.has(entry));
    if (mark === undefined) return null;
    // Read last: if the pid changed hands meanwhile, the mark of the old owner must not stick to the new one.
    const row = parseStat(readNow(pid, 'stat'));
    return row === null || row.zombie || !readNow(pid, 'environ').includes(mark) ? null : { pid, startedAt: row.startedAt, mark };
  });
}
