import { readdirSync, readlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { hideShapes } from '../../core/base/secrets.js';
import { markNames } from './child-environment.js';
import { eachProcess, readProcessTable } from './proc-stat.js';
import { runTool } from './run-tool.js';

/** Who listens on a port, as far as the system tells. */
export interface PortOwner {
  readonly pid: number;
  /** Its command line, without what looks like a secret; its program where that is all that can be had. */
  readonly command: string;
  /** Its parents, the nearest first. */
  readonly parents?: readonly number[];
  /** The mark of the run of Roost that started it, or one of its parents (Linux). */
  readonly runId?: string;
  /** The name of the process it was started as, or by. */
  readonly process?: string;
}

const listening = '0A';
const shownChars = 100;

/** Inodes of the sockets that listen on `port` in the text of /proc/net/tcp or tcp6. */
export function listeningInodes(text: string, port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return text.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const inode = fields[9];
    return fields[1]?.endsWith(`:${wanted}`) === true && fields[3] === listening && inode !== undefined ? [inode] : [];
  });
}

/** Reads `lsof -Fpc`: lines `p<pid>` and `c<command>`. */
export function parseLsof(text: string): PortOwner | null {
  const pid = /^p(\d+)$/m.exec(text)?.[1];
  return pid === undefined ? null : { pid: Number(pid), command: /^c(.+)$/m.exec(text)?.[1] ?? 'unknown' };
}

/** Reads `netstat -ano -p TCP` of Windows. Its words are translated there, so the state is told by the remote address of a listener, which is port 0. */
export function parseNetstat(text: string, port: number): number | null {
  for (const line of text.split('\n')) {
    const [protocol, local, remote, ...rest] = line.trim().split(/\s+/);
    const pid = Number(rest.at(-1));
    if (protocol === 'TCP' && local?.endsWith(`:${port}`) === true && remote?.endsWith(':0') === true && Number.isInteger(pid) && pid > 0) return pid;
  }
  return null;
}

/** Reads `tasklist /FI "PID eq N" /FO CSV /NH`: the name of the program in quotes, first; a sentence without quotes when there is none. */
export const parseTasklist = (text: string): string | null => /^"([^"]+)"/.exec(text.trim())?.[1] ?? null;

/** Words of a command line on one line, short enough for a sentence. */
export function commandText(words: readonly string[]): string {
  const text = hideShapes(words.map((word) => (/[\s"]/.test(word) ? JSON.stringify(word) : word)).join(' ')).replace(/\s+/g, ' ');
  return text.length <= shownChars ? text : `${text.slice(0, shownChars - 1)}…`;
}

/** Who listens on a TCP port of this machine; null when nobody does or the system does not tell us (another user's process). */
export async function portOwner(port: number): Promise<PortOwner | null> {
  switch (process.platform) {
    case 'linux':
      return onLinux(port);
    case 'win32': {
      const pid = parseNetstat((await runTool('netstat', ['-ano', '-p', 'TCP'])) ?? '', port);
      if (pid === null) return null;
      return { pid, command: parseTasklist((await runTool('tasklist', ['/FI', `PID eq ${pid}`, '/FO', 'CSV', '/NH'])) ?? '') ?? 'unknown' };
    }
    default: {
      const found = parseLsof((await runTool('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'])) ?? '');
      return found === null ? null : { ...found, parents: await parentsOf(found.pid) };
    }
  }
}

/** Who held a port when it was looked for last is looked at first: a service that is tried again and again asks each time. */
const knownOwners = new Map<number, number>();

async function onLinux(port: number): Promise<PortOwner | null> {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFile(path, 'utf8').catch(() => '')));
  const inodes = new Set(tables.flatMap((text) => listeningInodes(text, port)));
  if (inodes.size === 0) return null;
  const holds = (one: number): boolean => readdirSync(`/proc/${one}/fd`).some((fd) => inodes.has(socketAt(`/proc/${one}/fd/${fd}`)));
  const known = knownOwners.get(port);
  const [pid] = known !== undefined && holdsStill(holds, known) ? [known] : await eachProcess((one) => (holds(one) ? one : null));
  if (pid === undefined) return null;
  knownOwners.set(port, pid);
  const [words, name, environment] = await Promise.all(['cmdline', 'comm', 'environ'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')));
  const line = commandText((words ?? '').split('\0').filter((word) => word !== ''));
  const marks = new Map((environment ?? '').split('\0').map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]));
  const [runId, ownName] = [marks.get(markNames.run), marks.get(markNames.process)];
  return {
    pid,
    command: line === '' ? (name ?? '').trim() || 'unknown' : line,
    parents: await parentsOf(pid),
    ...(runId === undefined || runId === '' ? {} : { runId }),
    ...(ownName === undefined ? {} : { process: ownName }),
  };
}

function holdsStill(holds: (pid: number) => boolean, pid: number): boolean {
  try {
    return holds(pid);
  } catch {
    return false;
  }
}

/** The inode of the socket behind a descriptor; empty for what is none, or was closed while we looked. */
function socketAt(path: string): string {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(path))?.[1] ?? '';
  } catch {
    return '';
  }
}

async function parentsOf(pid: number): Promise<number[]> {
  const table = new Map((await readProcessTable()).map((row) => [row.pid, row.ppid]));
  const line: number[] = [];
  for (let at = table.get(pid); at !== undefined && at > 0 && !line.includes(at); at = table.get(at)) line.push(at);
  return line;
}
