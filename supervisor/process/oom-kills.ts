import { readFileSync } from 'node:fs';

/** Where the kernel counts processes it killed for want of memory: our own control group first, the whole machine else. */
export function oomSources(cgroup: string): readonly string[] {
  const sources: string[] = [];
  for (const line of cgroup.split('\n')) {
    const [, controllers, path] = line.split(':');
    if (path === undefined) continue;
    const folder = path === '/' ? '' : path;
    if (controllers === '') sources.push(`/sys/fs/cgroup${folder}/memory.events`);
    else if (controllers?.split(',').includes('memory') === true) sources.push(`/sys/fs/cgroup/memory${folder}/memory.oom_control`);
  }
  return [...sources, '/proc/vmstat'];
}

/** The line `oom_kill N` of memory.events, memory.oom_control and vmstat. */
export function parseOomKills(text: string): number | null {
  const found = /^oom_kill (\d+)$/m.exec(text)?.[1];
  return found === undefined ? null : Number(found);
}

let source: string | null | undefined;

/** How many were killed so far; null where the system does not tell. Small files of the kernel: read at once, as the answer is wanted at the moment of an exit. */
export function readOomKills(): number | null {
  if (process.platform !== 'linux' || source === null) return null;
  const candidates = source === undefined ? oomSources(readText('/proc/self/cgroup')) : [source];
  for (const path of candidates) {
    const kills = parseOomKills(readText(path));
    if (kills === null) continue;
    source = path;
    return kills;
  }
  source = null;
  return null;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
