/** One entry of the folder as it is now. */
export interface SeenFile {
  readonly name: string;
  /** Device and inode: the same under any name. */
  readonly key: string;
  /** Time of birth in ns; '' where the file system does not know it. */
  readonly born: string;
  readonly size: number;
  readonly mtimeMs: number;
  /** The latest change of content or name: nobody can set it back. */
  readonly changedMs: number;
}

export const itemStates = ['queued', 'done', 'failed', 'rejected'] as const;
/** One item that was taken in. */
export interface KnownFile {
  readonly born: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly jobId: string;
  readonly state: (typeof itemStates)[number];
  readonly name: string;
  /** We took it out of the folder: where it lies there again, a person put it back. */
  readonly moved: boolean;
  /** How often it was put back. */
  readonly again: number;
}

/** A file that was seen but is still being written: how it was, and since when it is so. */
export interface Settling {
  readonly born: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly sinceMonoMs: number;
  readonly firstMonoMs: number;
}

export interface DirectoryPlan {
  /** Oldest first. */
  readonly ready: readonly SeenFile[];
  readonly settling: ReadonlyMap<string, Settling>;
  readonly known: number;
}

/** An inode that was used again is another file: its birth tells, or else size and time together. */
export function isSameFile(known: Pick<KnownFile, 'born' | 'size' | 'mtimeMs'>, seen: SeenFile): boolean {
  if (known.born !== '' && seen.born !== '') return known.born === seen.born;
  return known.size === seen.size && known.mtimeMs === seen.mtimeMs;
}

/**
 * What of a folder is new and finished. A file is finished when its last change lies `settleMs` back by the wall clock, or, for clocks
 * that disagree (a network share), when it has looked the same for that long by ours. An empty file is one that somebody has just begun.
 */
export function planDirectory(options: {
  readonly seen: readonly SeenFile[];
  readonly known: ReadonlyMap<string, KnownFile>;
  readonly settling: ReadonlyMap<string, Settling>;
  readonly wallMs: number;
  readonly monoMs: number;
  readonly settleMs: number;
}): DirectoryPlan {
  const { seen, known, wallMs, monoMs, settleMs } = options;
  const ready: SeenFile[] = [];
  const settling = new Map<string, Settling>();
  let alreadyKnown = 0;
  for (const file of seen) {
    const before = known.get(file.key);
    if (before !== undefined && isSameFile(before, file) && !before.moved) {
      alreadyKnown += 1;
      continue;
    }
    const was = options.settling.get(file.key);
    const same = was !== undefined && was.size === file.size && was.mtimeMs === file.mtimeMs && was.born === file.born;
    const sinceMonoMs = same ? was.sinceMonoMs : monoMs;
    const oldEnough = file.changedMs <= wallMs - settleMs || (same && monoMs - sinceMonoMs >= settleMs);
    if (file.size > 0 && oldEnough) ready.push(file);
    else settling.set(file.key, { born: file.born, size: file.size, mtimeMs: file.mtimeMs, sinceMonoMs, firstMonoMs: was?.firstMonoMs ?? monoMs });
  }
  ready.sort((a, b) => a.mtimeMs - b.mtimeMs || (a.name < b.name ? -1 : 1));
  return { ready, settling, known: alreadyKnown };
}
