import { readFileSync } from 'node:fs';

/** Where the kernel counts processes it killed for want of memory: our own control group, and the whole machine for those whose group is another one. */
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

let sources: readonly string[] | undefined;

/** How many were killed so far, by source; empty where the system does not tell. Small files of the kernel: read at once, as the answer is wanted at the moment of an exit. */
export function readOomKills(): readonly (number | null)[] {
  if (process.platform !== 'linux') return [];
  sources ??= oomSources(readText('/proc/self/cgroup')).filter((path) => parseOomKills(readText(path)) !== null);
  return sources.map((path) => parseOomKills(readText(path)));
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
