import { readdir, readFile, readlink } from 'node:fs/promises';
import { eachProcess } from './proc-stat.js';
import { runTool } from './run-tool.js';

export interface PortOwner {
  readonly pid: number;
  readonly command: string;
}

const listening = '0A';

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

async function ownerOfInodes(inodes: ReadonlySet<string>): Promise<PortOwner | null> {
  const found = await eachProcess(async (pid) => {
    for (const fd of await readdir(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(await readlink(`/proc/${pid}/fd/${fd}`).catch(() => ''))?.[1];
      if (inode !== undefined && inodes.has(inode)) return { pid, command: (await readFile(`/proc/${pid}/comm`, 'utf8')).trim() };
    }
    return null;
  });
  return found[0] ?? null;
}

/** Who listens on a TCP port of this machine; null when nobody does or the system does not tell us (another user's process). */
export async function portOwner(port: number): Promise<PortOwner | null> {
  if (process.platform === 'darwin') return parseLsof((await runTool('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'])) ?? '');
  if (process.platform !== 'linux') return null;
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFile(path, 'utf8').catch(() => '')));
  const inodes = new Set(tables.flatMap((text) => listeningInodes(text, port)));
  return inodes.size === 0 ? null : ownerOfInodes(inodes);
}
