import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { sleep, systemClock } from '../../core/base/clock.js';
import type { Containment } from '../../core/base/containment.js';
import { silentLog } from '../../core/base/log.js';
import { readIdentityNow } from './identity.js';
import { createLauncher, type ProcessLauncher } from './launcher.js';
import { runDir } from './ledger.js';
import { createNodeSpawner } from './node-spawner.js';
import type { Launch, LogTail } from './types.js';

export const childrenDir = resolve(import.meta.dirname, '../../e2e/fixtures/children');

/** The argv of a fixture program. */
export const fixture = (name: string, ...args: readonly string[]): readonly [string, ...string[]] => [
  process.execPath,
  join(childrenDir, `${name}.mjs`),
  ...args,
];

export const command = (argv: readonly [string, ...string[]], more: Partial<Launch> = {}): Launch => ({
  name: 'child',
  kind: 'service',
  program: { command: argv },
  env: {},
  stdin: 'none',
  wire: 'none',
  ...more,
});

export interface TestBench {
  readonly dataDir: string;
  readonly runId: string;
  readonly launcher: ProcessLauncher;
  close(): Promise<void>;
}

/** A launcher of real processes in a directory of its own; closing ends everything it started. */
export async function openBench(options: { readonly containment?: Containment; readonly prepareAfterMs?: number } = {}): Promise<TestBench> {
  const dataDir = await mkdtemp(join(tmpdir(), 'roost-process-'));
  const runId = `test-${process.pid}-${Math.floor(performance.now() * 1_000)}`;
  const { prepareAfterMs, ...ways } = options;
  const spawner = createNodeSpawner({ entryDir: childrenDir, toolDir: runDir(dataDir), ...ways });
  const launcher = createLauncher({ spawner, dataDir, runId, clock: systemClock, log: silentLog, ...(prepareAfterMs === undefined ? {} : { prepareAfterMs }) });
  return {
    dataDir,
    runId,
    launcher,
    async close() {
      await Promise.all(launcher.live.map((incarnation) => incarnation.terminate('deliberate', 'the test is over', { termAfterMs: 0, killAfterMs: 0 })));
      await launcher.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Polls until `look` gives something; the deadline names what was missing. */
export async function until<T>(what: string, look: () => T | null | undefined | false, deadlineMs = 60_000): Promise<T> {
  const end = systemClock.monoMs() + deadlineMs;
  for (;;) {
    const found = look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (systemClock.monoMs() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await sleep(systemClock, 10);
  }
}

/** Alive and not a zombie. */
export const isAlive = (pid: number): boolean => readIdentityNow(pid) !== null;

/** The first capture group of the first line that matches. */
export const lineMatching = (log: LogTail, pattern: RegExp, deadlineMs?: number): Promise<string> =>
  until(
    String(pattern),
    () => {
      for (const { text } of log.read(5_000)) {
        const match = pattern.exec(text);
        if (match !== null) return match[1] ?? match[0];
      }
      return null;
    },
    deadlineMs,
  );
