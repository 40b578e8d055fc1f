import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
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

export interface StatFigures {
  readonly ppid: number;
  readonly cpuMs: number;
  readonly rssPages: number;
}

const closing = 0x29;
const space = 0x20;
const minus = 0x2d;
const zero = 0x30;

/**
 * The same figures straight from the bytes: a measurement reads the stat of every process on the machine every
 * few seconds, and forty strings for each would be the most an idle supervisor makes. Null for what is no stat.
 */
export function scanStat(bytes: Buffer, length: number): StatFigures | null {
  // Behind the name and a space stands field 3, the state.
  let at = bytes.lastIndexOf(closing, length - 1);
  if (at < 0) return null;
  at += 2;
  let ppid = 0;
  let ticks = 0;
  for (let field = 3; field <= 24; field++) {
    let value = 0;
    const negative = bytes[at] === minus;
    if (negative) at++;
    for (let byte = bytes[at]; at < length && byte !== undefined && byte !== space; byte = bytes[++at]) value = value * 10 + byte - zero;
    if (at >= length && field < 24) return null;
    at++;
    if (field === 4) ppid = value;
    // Children that were collected (16, 17) may be told as less than nothing after an overflow in old kernels.
    else if (field >= 14 && field <= 17) ticks += negative ? 0 : value;
    else if (field === 24) return { ppid, cpuMs: ticks * msPerTick, rssPages: value };
  }
  return null;
}

/** After so many processes the event loop turns: on a machine with thousands of them nobody waits for this. */
const batchSize = 64;

/** What `read` makes of each pid under /proc; those that are gone or forbidden are left out. Read at once, not by the thread pool: a file of the kernel's own costs less than the way there and back. */
export async function eachProcess<T>(read: (pid: number) => T | null | Promise<T | null>): Promise<T[]> {
  const found: T[] = [];
  let index = 0;
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    if (++index % batchSize === 0) await new Promise((resolve) => setImmediate(resolve));
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

const statBuffer = Buffer.allocUnsafeSlow(4096);

/** Length of the stat of a process, which lies in `statBuffer` until the next call. */
function statInto(pid: number): number {
  const fd = openSync(`/proc/${pid}/stat`, 'r');
  try {
    return readSync(fd, statBuffer, 0, statBuffer.length, null);
  } finally {
    closeSync(fd);
  }
}

/** Linux: what a measurement needs of every process. */
export const readFigures = (): Promise<(StatFigures & { readonly pid: number })[]> =>
  eachProcess((pid) => {
    const figures = scanStat(statBuffer, statInto(pid));
    return figures === null ? null : { pid, ...figures };
  });

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
  if (platform === 'linux') return eachProcess((pid) => parseStat(statBuffer.toString('latin1', 0, statInto(pid))));
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
