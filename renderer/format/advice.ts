import type { ProcessView, Reason } from '../../contract/state.js';

/** What a person can do about a reason; Roost's own attempts come first, since most heal without help. */
export function adviceFor(reason: Reason, process: ProcessView | undefined): string {
  if (reason.code === 'held') return 'Release it when you are ready: the banner above, the tray, or roost release.';
  if (reason.code === 'queue-paused') return 'Resume it in Queues when you are ready: nothing of it begins before.';
  if (reason.code === 'queue-unconsumed')
    return 'Name it under workers in roost.yaml, or start roost worker on a machine that shares this Redis. Until then nobody takes its jobs.';
  if (reason.code === 'schedule-parked') return 'Its last runs in Schedules say what went wrong. Mend the job, then resume the schedule there.';
  if (reason.code === 'disk-full') return 'Free some disk space: Redis takes work again by itself within two seconds. It needs no restart.';
  if (reason.code === 'memory-full') return 'End what is not needed any more, or raise redis.maxMemory in roost.yaml. Nothing is evicted.';
  if (reason.code === 'starting') return 'Nothing to do: it is on its way.';
  if (reason.code === 'safe-mode') return 'The log of Roost says why it ended. When you have fixed that, keep agents warm again or restart Roost.';
  if (reason.code === 'config-invalid')
    return 'Correct the file: it is read again within seconds, and only what changed is restarted. roost config check FILE says the same.';
  if (process !== undefined) return adviceForProcess(process);
  if (reason.code === 'pool-empty') return 'Roost starts new ones by itself. If this comes back, keep more agents warm.';
  if (/agent|spawn|template/.test(reason.code)) return 'Look at the log of an agent: its last lines usually say why it does not start.';
  if (/error-rate|turns?-fail/.test(reason.code)) return 'Open a failed turn in Sessions: its timeline shows which step failed.';
  if (/backlog|queue/.test(reason.code)) return 'Check that a worker is running; more concurrency drains the queue faster.';
  if (reason.code === 'stopping') return 'Nothing to do: start Roost again when you need it.';
  if (reason.code === 'api-down') return 'Another program may hold its port: the log of Roost names it. This screen works without the API in the desktop app.';
  if (reason.code === 'worker-missing') return 'Name at least one worker in roost.yaml, or remove the workers key to get the default one.';
  if (/redis/.test(reason.code)) return 'Look at the log of redis; the reason for its last exit is in Processes.';
  return 'Look at the log of the process named here.';
}

function adviceForProcess(process: ProcessView): string {
  switch (process.state) {
    case 'stopped':
      return process.lastExit !== null && process.lastExit.cause !== 'deliberate'
        ? 'It ended, and its restart policy leaves it so. Its log says why; start it again when you are ready.'
        : 'It was stopped. Start it again when you are ready.';
    case 'starting':
      return process.detail.startsWith('Waits for') ? 'It starts as soon as those are there.' : 'It is starting now. If it stays like this, look at its log.';
    case 'stopping':
      return 'It is stopping. Roost waits for its work in hand.';
    case 'backoff':
      return 'Roost starts it again by itself after a short pause. Restart it now if you have fixed the cause.';
    case 'quarantined':
      return 'It kept dying, so Roost paused it and tries again every five minutes. Read its log, fix the cause, then restart it.';
    case 'failed':
      return 'Roost gave up on it. Read its log, fix the cause, then restart it.';
    case 'running':
      return 'It runs, but has not proved that it works. If this lasts, restart it.';
  }
}
