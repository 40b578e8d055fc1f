import type { TemplateConfig } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import { type Clock, sleep } from '../../core/base/clock.js';
import { type ProgramRun, runProgram } from '../process/run-program.js';
import type { Incarnation } from '../process/types.js';
import { ask, type ProbeConfig } from '../services/probes.js';

export interface OwnSignOptions {
  /** What its template names as the sign: a line of its log, or a probe. */
  readonly ready: TemplateConfig['ready'];
  readonly incarnation: Pick<Incarnation, 'log' | 'exited'>;
  readonly clock: Clock;
  /** How a program of the probe is started. */
  readonly programs: Omit<ProgramRun, 'argv'>;
}

const probeEveryMs = 200;
const probeDeadlineMs = 2_000;

/**
 * Waits for the sign of a program that speaks no protocol. True once it came; a process that ended before it gives false
 * or nothing at all, since its exit says more. Whoever starts the agent keeps the deadline.
 */
export async function ownSign({ ready, incarnation, clock, programs }: OwnSignOptions): Promise<boolean> {
  // Without a wire there is no process either: its exit says why.
  if (ready === undefined) throw new RoostError('spawn-failed', (await incarnation.exited).message);
  if (ready.log === undefined) return probed(ready, incarnation, clock, programs);
  await said(ready.log, incarnation);
  return true;
}

function said(wanted: string, { log, exited }: OwnSignOptions['incarnation']): Promise<void> {
  return new Promise((resolve) => {
    const off = log.onLine((line) => {
      if (line.stream === 'roost' || !line.text.includes(wanted)) return;
      off();
      resolve();
    });
    void exited.then(off);
  });
}

async function probed(probe: ProbeConfig, { exited }: OwnSignOptions['incarnation'], clock: Clock, programs: OwnSignOptions['programs']): Promise<boolean> {
  const over = new AbortController();
  void exited.then(() => over.abort());
  const from = { clock, run: (argv: ProgramRun['argv'], signal: AbortSignal) => runProgram({ ...programs, argv }, signal) };
  while (!over.signal.aborted) {
    if ((await ask(probe, from, probeDeadlineMs, over.signal)) === null) return true;
    await sleep(clock, probeEveryMs, over.signal).catch(() => undefined);
  }
  return false;
}
