import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** What Roost itself holds at one moment: things that must not grow with the number of disturbances. */
export interface Census {
  /** Open files, pipes and sockets by kind; empty where the system does not tell. */
  readonly files: Readonly<Record<string, number>>;
  readonly open: number;
  /** Files that were begun and never put in place. */
  readonly temporary: readonly string[];
}

export function censusOf(pid: number, dataDir: string): Census {
  const files: Record<string, number> = {};
  for (const target of openFiles(pid)) {
    const kind = /^(socket|pipe|anon_inode):/.exec(target)?.[1] ?? (target.startsWith(dataDir) ? target.slice(dataDir.length).replace(/\d+/g, 'N') : 'other');
    files[kind] = (files[kind] ?? 0) + 1;
  }
  const temporary = everything(dataDir).filter((path) => /\.tmp$|\.partial$/.test(path));
  return { files, open: Object.values(files).reduce((sum, count) => sum + count, 0), temporary: temporary.map((path) => join(dataDir, path)) };
}

function everything(dir: string): string[] {
  for (let tries = 0; ; tries++) {
    try {
      return readdirSync(dir, { recursive: true, encoding: 'utf8' });
    } catch (error) {
      // A folder went while we walked.
      if (tries === 10) throw error;
    }
  }
}

function openFiles(pid: number): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      // Closed while we looked.
      return [];
    }
  });
}
