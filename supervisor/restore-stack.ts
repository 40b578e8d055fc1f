import type { Clock } from '../core/base/clock.js';
import { within } from '../core/base/deadline.js';
import type { WarmPool } from './pool/warm-pool.js';
import type { Restored } from './redis/backup/restore.js';
import type { WorkerFleet } from './workers/worker-fleet.js';

export interface RestoreStackParts {
  readonly clock: Clock;
  readonly workers: WorkerFleet;
  readonly pool: WarmPool;
  /** Ends everything that lives on Redis; false when nothing was open yet, because Redis never served. */
  closeDesk(): Promise<boolean>;
  openDesk(): Promise<void>;
  installBackup(): Promise<Restored>;
}

const workerDeadlineMs = 30_000;

/**
 * Restores a backup of Redis under a stack that runs: intake is closed by the caller, then workers stop,
 * sessions let go of their agents, Redis is replaced, and everything comes back on the restored data.
 * Where Redis never served, the start of Roost is still waiting for it and does the rest itself.
 */
export async function restoreStack({ clock, workers, pool, closeDesk, openDesk, installBackup }: RestoreStackParts): Promise<Restored> {
  const running = workers.hosts.filter((host) => host.process.status.kind !== 'stopped');
  const open = await closeDesk();
  await Promise.all(running.map((host) => host.process.stop('a backup of Redis is being restored')));
  // Agents hold conversations that the restored data may not know.
  for (const slot of open ? pool.view(0).slots : []) if (slot.sessionId !== null) pool.stopAgent(slot.agentId);
  try {
    const restored = await installBackup();
    if (open) await openDesk();
    return restored;
  } finally {
    // Also after a failure: with the data of before, or waiting for a Redis that a person is looking after.
    for (const host of running) host.process.start('person');
    const up = Promise.all(running.map((host) => host.process.whenRunning()));
    await within(clock, workerDeadlineMs, up).catch(() => undefined);
  }
}
