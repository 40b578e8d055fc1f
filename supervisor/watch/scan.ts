/** What one look at a drop folder found. */
export interface ScanResult {
  readonly present: number;
  /** Still being written. */
  readonly settling: number;
  /** Finished, but there was no room in the queue. */
  readonly behind: number;
  /** Age of the oldest item that is not queued yet. */
  readonly lagMs: number | null;
  readonly open: number | null;
  /** There is more to read at once. */
  readonly more: boolean;
  /** What a person should know although the scan worked. */
  readonly note: string | null;
}

/** A drop folder of one kind. `scan` may throw a WatchProblem; the next one tries again. */
export interface Scanner {
  scan(signal: AbortSignal): Promise<ScanResult>;
}

/** Why a drop folder cannot be looked at or its items cannot become jobs, in words for a person. */
export class WatchProblem extends Error {}

/** A folder that cannot be read is a state, not a crash: the words of the system with the path. */
export function problemOfFile(error: unknown, path: string): WatchProblem {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const said = {
    ENOENT: 'is not there',
    EACCES: 'must not be read by this user',
    EPERM: 'must not be read by this user',
    ENOTDIR: 'is not a folder',
    ELOOP: 'is a circle of links',
  }[code];
  return new WatchProblem(`${path} ${said ?? `cannot be read: ${error instanceof Error ? error.message : String(error)}`}`);
}
