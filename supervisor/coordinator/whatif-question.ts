import type { Whatif } from '../../contract/coordinator-views.js';
import type { Params } from '../../contract/methods.js';
import { type Clock, sleep } from '../../core/base/clock.js';
import type { LoggedTurn } from '../../core/coordinator/decision-record.js';
import { Replay, repeatable } from '../../core/coordinator/replay.js';
import type { Snapshot } from '../../core/coordinator/snapshot.js';
import { drawSettings } from '../../core/coordinator/snapshot-plan.js';
import { WhatifRun } from '../../core/coordinator/whatif.js';

/** Nobody else waits longer for the event loop than this. */
const sliceMs = 8;
/** Enough for a replay; more would only take longer. */
const mostReplayed = 5_000;

/** Answers one question on the turns given (oldest first), in slices so that everything else goes on. */
export async function askWhatif(
  turns: readonly LoggedTurn[],
  question: Pick<Params<'coordinator.whatif'>, 'policy' | 'alpha'>,
  snapshot: Snapshot,
  clock: Clock,
  signal: AbortSignal,
): Promise<Whatif> {
  const target = { policy: question.policy ?? snapshot.settings.policy, alpha: question.alpha ?? snapshot.settings.alpha };
  const run = new WhatifRun(target);
  const replay = new Replay(snapshot.arms, { ...drawSettings(snapshot), ...target }, repeatable(20_260_101));
  const first = Math.max(0, turns.length - mostReplayed);
  let sinceMs = clock.monoMs();
  for (const [i, turn] of turns.entries()) {
    run.add(turn);
    if (i >= first) replay.add(turn);
    if (clock.monoMs() - sinceMs < sliceMs) continue;
    await sleep(clock, 0, signal);
    sinceMs = clock.monoMs();
  }
  return run.finish(replay.result);
}
