import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { here } from './test-conditions.js';

export const noSmallDisk = 'a full disk: this account may not mount a small one';

/** A real disk of a few kilobytes or megabytes, for tests of what happens when it is full. */
export interface SmallDisk {
  readonly path: string;
  /** Takes all the room there is, but for so many bytes (whole pages of 4 KiB). */
  fill(leaveBytes?: number): void;
  free(): void;
  unmount(): void;
}

/** Makes the folder a disk of this size (`8m`, `512k`); null where this account may not mount one. */
export function mountSmallDisk(path: string, size: string): SmallDisk | null {
  try {
    mkdirSync(path, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    here(false, noSmallDisk);
    return null;
  }
  const ballast = join(path, 'ballast');
  return {
    path,
    fill(leaveBytes = 0) {
      const fd = openSync(ballast, 'a');
      try {
        for (const piece of [Buffer.alloc(65_536), Buffer.alloc(4_096)]) writeWhilePossible(fd, piece);
      } finally {
        closeSync(fd);
      }
      if (leaveBytes > 0) truncateSync(ballast, Math.max(0, statSync(ballast).size - leaveBytes));
    },
    free: () => rmSync(ballast, { force: true }),
    unmount: () => void execFileSync('umount', ['-l', path]),
  };
}

function writeWhilePossible(fd: number, piece: Buffer): void {
  try {
    while (writeSync(fd, piece) > 0);
  } catch {
    // Full.
  }
}
