import { readFileSync } from 'node:fs';
import { mkdtemp, rmdir, stat } from 'node:fs/promises';
import { freemem } from 'node:os';
import { dirname, join } from 'node:path';
import type { ProviderView } from '../../contract/providers.js';
import { bytes } from '../format.js';
import type { Check } from './doctor-check.js';

/** Redis, two workers, handlers and three agents with what they run. */
const leastMemoryBytes = 768 * 1024 ** 2;
/** Each process takes a handful; a hundred of them with their logs and sockets stay well below. */
const leastOpenFiles = 1_024;

/** The directory itself, or the nearest one above it that exists. */
export async function nearestExisting(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    const found = await stat(at).then(
      (entry) => entry.isDirectory(),
      () => false,
    );
    if (found || dirname(at) === at) return at;
  }
}

/** Found out by doing: rights, read-only disks and places where nothing can be made look alike from outside. */
export async function checkDataDir(dataDir: string): Promise<Check> {
  const check = 'data directory';
  const existing = await nearestExisting(dataDir);
  try {
    await rmdir(await mkdtemp(join(existing, '.roost-doctor-')));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    return { check, verdict: 'problem', found: `nothing can be made in ${existing} (${code})`, advice: 'choose another with --data-dir or ROOST_DATA_DIR' };
  }
  // A file in the way: everything above it is a directory, and this one never will be.
  const entry = existing === dataDir ? null : await stat(dataDir).catch(() => null);
  if (entry !== null) return { check, verdict: 'problem', found: `${dataDir} is no directory`, advice: 'move it away, or choose another with --data-dir' };
  return { check, verdict: 'ok', found: existing === dataDir ? dataDir : `${dataDir} (will be made)` };
}

export function checkMemory(freeBytes: number = freemem()): Check {
  const enough = freeBytes >= leastMemoryBytes;
  return {
    check: 'memory',
    verdict: enough ? 'ok' : 'problem',
    found: `${bytes(freeBytes)} free`,
    ...(enough
      ? {}
      : { advice: 'end other programs, or keep fewer agents warm (pool.size): each takes about 50 MB, and none starts below pool.memoryReserve' }),
  };
}

/** Node raises the soft limit to the hard one, so this is what Roost gets when it is started from here. */
export function checkOpenFiles(limits: string): readonly Check[] {
  const limit = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
  if (limit >= leastOpenFiles) return [];
  return [
    { check: 'open files', verdict: 'problem', found: `at most ${limit}`, advice: `raise the limit: ulimit -n ${leastOpenFiles}, or LimitNOFILE= of systemd` },
  ];
}

export function ownLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    // Not Linux.
    return '';
  }
}

/** Those that answer need no line. */
export function judgeProviders(providers: readonly Pick<ProviderView, 'name' | 'state' | 'problem'>[], degraded: boolean): readonly Check[] {
  return providers
    .filter(({ state }) => state === 'paused' || state === 'trying')
    .map(({ name, problem }) => ({
      check: `provider ${name}`,
      verdict: degraded ? 'problem' : 'note',
      found: `does not answer: ${problem ?? 'no reason known'}`,
      advice: degraded
        ? 'no provider may be asked: the built-in responder answers. Start its server, or correct providers in roost.yaml'
        : 'the next provider answers instead; start its server, or correct providers in roost.yaml',
    }));
}
