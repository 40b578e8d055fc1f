import type { FromWorker } from '../contract/messages.js';

type HeldJobs = Extract<FromWorker, { type: 'beat' }>['jobs'];

/** What the runtime can tell about itself without touching environment or arguments: those may hold secrets. */
export interface RuntimeFacts {
  readonly heapUsedBytes: number;
  readonly rssBytes: number;
  /** What keeps the event loop alive, by kind. */
  readonly resources: readonly string[];
  /** Handles of the event loop that are active, by kind and where known with the other end. */
  readonly handles: readonly string[];
  readonly cpuSeconds: number;
}

interface ReportHandle {
  readonly type?: unknown;
  readonly is_active?: unknown;
  readonly remoteEndpoint?: { readonly port?: unknown } | string | null;
}

export function runtimeFacts(): RuntimeFacts {
  const { heapUsed, rss } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return { heapUsedBytes: heapUsed, rssBytes: rss, resources: process.getActiveResourcesInfo(), handles: activeHandles(), cpuSeconds: (user + system) / 1e6 };
}

/** From the runtime's own report, of which only this part is read. */
function activeHandles(): readonly string[] {
  if (process.report === undefined) return [];
  // Looking up the names of network peers may take seconds.
  (process.report as { excludeNetwork?: boolean }).excludeNetwork = true;
  try {
    const { libuv } = process.report.getReport() as { readonly libuv?: readonly ReportHandle[] };
    return (libuv ?? []).filter((handle) => handle.is_active === true && typeof handle.type === 'string').map((handle) => String(handle.type));
  } catch {
    return [];
  }
}

function counted(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const parts = [...counts].sort(([, one], [, other]) => other - one).map(([word, count]) => (count === 1 ? word : `${count} ${word}`));
  return parts.length === 0 ? 'none' : parts.slice(0, 12).join(', ');
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1024 ** 2)} MB`;

/** Lines for the process log; the first says the most. */
export function diagnosisLines(facts: {
  readonly connected: boolean;
  readonly jobs: HeldJobs;
  readonly nowMs: number;
  readonly runtime: RuntimeFacts;
}): string[] {
  const { connected, jobs, nowMs, runtime } = facts;
  const redis = connected ? 'connected to Redis' : 'without a connection to Redis';
  return [
    `its event loop turns, ${redis}; a step of a job waits for an answer that does not come`,
    `heap ${megabytes(runtime.heapUsedBytes)}, resident ${megabytes(runtime.rssBytes)}, ${runtime.cpuSeconds.toFixed(1)} s of processor time since its start`,
    `event loop: ${counted(runtime.handles)}; waiting for: ${counted(runtime.resources)}`,
    ...jobs.slice(0, 20).map((job) => {
      const quiet = job.quietMs === undefined ? '' : `, announced to wait ${Math.round(job.quietMs / 1_000)} s more`;
      return `holds ${job.name} ${job.id} of ${job.queue} for ${Math.max(0, Math.round((nowMs - job.sinceMs) / 1_000))} s, ${job.steps ?? 0} steps${quiet}`;
    }),
  ];
}
