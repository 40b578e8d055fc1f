import { readdir, readFile, readlink } from 'node:fs/promises';

/** Socket inodes that listen on `port`, out of the text of /proc/net/tcp or tcp6. */
export function listeningInodes(table: string, port: number): ReadonlySet<string> {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const inodes = new Set<string>();
  for (const line of table.split('\n').slice(1)) {
    const columns = line.trim().split(/\s+/);
    // Columns: sl, local address:port in hex, remote, state (0A = LISTEN), …, inode at 9.
    if (columns[1]?.endsWith(`:${wanted}`) === true && columns[3] === '0A' && columns[9] !== undefined) inodes.add(columns[9]);
  }
  return inodes;
}

const readOr = (path: string, fallback: string): Promise<string> => readFile(path, 'utf8').catch(() => fallback);

/** "node (pid 4711)" for whoever listens on a port of this machine; undefined where the system does not tell (other users, other systems than Linux). */
export async function portOwner(port: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined;
  const tables = await Promise.all([readOr('/proc/net/tcp', ''), readOr('/proc/net/tcp6', '')]);
  const links = new Set(tables.flatMap((table) => [...listeningInodes(table, port)]).map((inode) => `socket:[${inode}]`));
  if (links.size === 0) return undefined;
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    for (const descriptor of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
      if (links.has(target)) return `${(await readOr(`/proc/${pid}/comm`, 'a program')).trim()} (pid ${pid})`;
    }
  }
  return undefined;
}
