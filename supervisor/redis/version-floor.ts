export type RedisProduct = 'redis' | 'valkey';

/**
 * The oldest release of each line with the fixes known when this was written (November 2026).
 *
 * Redis: the release of 24 July 2026 for all supported lines, "serious vulnerabilities that may result in remote
 * code execution" (docker-library/official-images#21922, release notes on github.com/redis/redis/releases). It
 * includes CVE-2026-23479 (7.2.0 to 8.6.2, fixed in 8.6.3, 8.4.3, 8.2.6, 7.4.9 in May 2026) and CVE-2025-49844
 * (redis.io/blog/security-advisory-cve-2025-49844: 8.2.2, 8.0.4, 7.4.6, 7.2.11).
 * Valkey: security releases of May 2026 (redis-rs/redis-rs#2102); 8.1.4 has CVE-2025-49844.
 */
const floors: Readonly<Record<RedisProduct, Readonly<Record<string, number>>>> = {
  redis: { '6.2': 23, '7.2': 15, '7.4': 10, '8.2': 8, '8.4': 5, '8.6': 5, '8.8': 1 },
  valkey: { '7.2': 13, '8.0': 9, '8.1': 4, '9.0': 4 },
};
/** Lines that get no more releases: whether a fix is in them only a distribution can say. */
const ended: Readonly<Record<RedisProduct, readonly string[]>> = { redis: ['7.0', '8.0'], valkey: [] };

/** Like Redis itself: 6.2 is where Roost begins, older ones are refused before they are started. */
export interface FloorVerdict {
  /** `exposed`: a release of its line with the fixes exists. `unknown`: its line gets no releases any more. */
  readonly kind: 'fine' | 'exposed' | 'unknown';
  readonly message: string | null;
}

const fine: FloorVerdict = { kind: 'fine', message: null };

/** What is known of the holes of a server. Newer lines than the table knows are fine. */
export function floorVerdict(product: RedisProduct, version: string | null): FloorVerdict {
  const match = /^(\d+)\.(\d+)\.(\d+)/.exec(version ?? '');
  if (match === null) return fine;
  const line = `${match[1]}.${match[2]}`;
  const name = product === 'redis' ? 'Redis' : 'Valkey';
  const floor = floors[product][line];
  if (floor !== undefined && Number(match[3]) < floor)
    return {
      kind: 'exposed',
      message: `${name} ${version} has known holes; ${line}.${floor} and newer have them fixed: update it.`,
    };
  if (ended[product].includes(line))
    return {
      kind: 'unknown',
      message: `${name} ${line} gets no more releases of its own: that ${version} has the fixes of 2025 and 2026 only your distribution can say (Debian and Ubuntu add them to their packages; apt-get upgrade).`,
    };
  return fine;
}
