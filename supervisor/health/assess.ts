import { wantedWarm } from '../../contract/pool-views.js';
import type { Runbook } from '../../contract/runbooks.js';
import type { Health, HoldView, PoolView, ProcessView, QueueView, Reason } from '../../contract/state.js';
import type { SafeMode } from '../start-record.js';

/** Everything known at one moment that decides health. */
export interface Evidence {
  readonly processes: readonly ProcessView[];
  /** Own command answered recently, not just "the process runs". */
  readonly redisProved: boolean;
  /** Queues whose canary job came back from a worker in time. */
  readonly provedQueues: ReadonlySet<string>;
  /** Queues that a worker of this node is to consume. */
  readonly consumedQueues: ReadonlySet<string>;
  readonly queues: Readonly<Record<string, QueueView>>;
  readonly apiOpen: boolean;
  readonly pool: PoolView;
  readonly sessions: Health['sessions'];
  /** Of the last five minutes. */
  readonly turnsDone: number;
  readonly turnsFailed: number;
  readonly uptimeMs: number;
  readonly version: string;
  /** True until every required process was ready once. */
  readonly starting: boolean;
  readonly stopping: boolean;
  /** Set while Roost leaves out what it can do without, because it kept dying itself. */
  readonly safeMode: SafeMode | null;
  /** No process can be started for want of file descriptors. */
  readonly filesShort?: boolean;
  /** Schedules that Roost took out of the line, because their job kept killing whatever ran it. */
  readonly parkedSchedules?: readonly string[];
  /** Why the config file cannot be used; null while it is the one in force. */
  readonly configProblem: string | null;
  /** Who else can write it, where only a person can change that. */
  readonly configExposed?: string | null;
  /** The emergency stop in force. */
  readonly hold: HoldView | null;
  /** Redis lives and answers but refuses changes, and why. */
  readonly redisRefuses: { readonly code: 'disk-full' | 'memory-full'; readonly message: string } | null;
}

/** A reason is told with a runbook, which is of its own name where nothing else is said. */
interface Add {
  (code: Runbook, process: string, message: string): void;
  (code: string, process: string, message: string, runbook: Runbook): void;
}

/** A handful of failures among few turns is no rate. */
const leastTurnsForRate = 10;
const errorRateLimit = 0.1;
const backlogLimit = 100;

/** Without a consumer of these Roost does not do what it is for. */
const forEver: Readonly<Record<string, string>> = { turns: 'turns', coach: 'suggestions' };
const vital = Object.keys(forEver);

/** For sentences; the names of states are for programs. */
const stateText: Readonly<Record<ProcessView['state'], string>> = {
  stopped: 'is stopped',
  starting: 'is starting',
  running: 'is running',
  stopping: 'is stopping',
  backoff: 'went down and waits to start again',
  quarantined: 'keeps failing and is set aside',
  failed: 'has failed',
};

/** While it comes back the reason of its end is the news, not that it starts. */
function whyNot({ state, detail, lastExit }: ProcessView): string {
  const crashed = lastExit !== null && lastExit.cause !== 'deliberate' && lastExit.cause !== 'recycled';
  const why = state === 'starting' && crashed ? `is starting again: ${lastExit.message}` : `${stateText[state]}: ${detail}`;
  const sentence = /[.!?]$/.test(why) ? why : `${why}.`;
  const last = crashed && state !== 'running' ? lastExit.lastLine : undefined;
  // What it said last is mostly the reason itself.
  return last === undefined || sentence.includes(last) ? sentence : `${sentence} It said last: “${last}”.`;
}

export const safeModeText = ({ crashes, windowMs }: SafeMode): string =>
  `Roost itself ended unexpectedly ${crashes} times within ${Math.round(windowMs / 60_000)} min and started in safe mode: no agent is kept warm and no service is started. Set the size of the pool, or restart Roost, to leave it.`;

/**
 * Health is `healthy` only while every required process is up and proved to work. A missing worker
 * is `down`, never "degraded (expected)": without one, turns and suggestions wait for ever.
 */
export function assess(evidence: Evidence): Health {
  const reasons: Reason[] = [];
  const add: Add = (code: string, process: string, message: string, runbook: string = code): void => void reasons.push({ code, process, message, runbook });
  const workers = evidence.processes.filter((one) => one.kind === 'worker');
  const redis = evidence.processes.find((one) => one.kind === 'redis');

  const { hold, redisRefuses } = evidence;
  const redisAnswers = redis?.state === 'running' && evidence.redisProved;
  const redisUp = redisAnswers && redisRefuses === null;
  const unproved = Object.keys(evidence.queues).filter((queue) => evidence.consumedQueues.has(queue) && !evidence.provedQueues.has(queue));
  // While a worker is away on its own account that is the news.
  const lonely = Object.entries(evidence.queues).filter(([queue, view]) => view.workers === 0 && !evidence.consumedQueues.has(queue));
  const workersUp = workers.length > 0 && workers.every((one) => one.state === 'running');
  // Nobody can prove anything on a queue that is paused on purpose.
  const workerUp = workersUp && (unproved.length === 0 || hold !== null);

  if (evidence.stopping) add('stopping', 'roost', 'Roost is stopping; it takes no new work.');
  if (evidence.starting && !evidence.stopping) add('starting', 'roost', 'Roost is starting; required processes are not all proved yet.');
  if (redisAnswers && redisRefuses !== null) add(redisRefuses.code, 'redis', redisRefuses.message);
  if (!redisAnswers)
    add(
      'redis-down',
      'redis',
      redis === undefined || redis.state === 'running' ? 'Redis does not answer our own command.' : `Redis ${stateText[redis.state]}: ${redis.detail}`,
    );
  if (workers.length === 0) add('worker-missing', 'worker', 'No worker is configured: turns and suggestions would wait for ever.', 'worker-down');
  for (const worker of workers) {
    if (worker.state !== 'running') add('worker-down', worker.name, `The worker ${worker.name} ${whyNot(worker)} Turns and suggestions wait until it is back.`);
  }
  if (workersUp && redisUp && !workerUp && !evidence.starting) {
    add(
      'worker-unproved',
      workers[0]?.name ?? 'worker',
      `No worker answered the canary job of ${unproved.join(' and ')}: it is alive but does not fetch work.`,
      'worker-down',
    );
  }
  for (const [queue] of lonely) {
    if (vital.includes(queue) && workers.length > 0) add('queue-unconsumed', queue, `No worker consumes ${queue}: ${forEver[queue]} would wait for ever.`);
  }
  for (const service of evidence.processes) {
    if (service.kind === 'service' && service.required && service.state !== 'running')
      add('service-down', service.name, `The required service ${service.name} ${whyNot(service)}`);
  }
  if (!evidence.apiOpen) add('api-down', 'api', 'The REST API is not listening.');
  const down = reasons.length > 0;

  if (evidence.safeMode !== null) add('safe-mode', 'roost', safeModeText(evidence.safeMode));
  if (evidence.filesShort === true)
    add('files-short', 'roost', 'Roost is out of file descriptors: no process is started until some are free; what runs goes on.');
  const total = evidence.turnsDone + evidence.turnsFailed;
  const errorRate = total === 0 ? 0 : evidence.turnsFailed / total;
  if (hold !== null) add('held', 'roost', heldSentence(hold));
  if (evidence.pool.trouble !== null) add('agents-failing', 'pool', evidence.pool.trouble, 'pool-empty');
  const { memory } = evidence.pool;
  const short = memory?.state === 'short';
  const kept = Math.min(evidence.pool.target, wantedWarm(evidence.pool));
  if (evidence.pool.trouble === null && kept > 0 && evidence.pool.ready === 0 && !evidence.starting && hold === null && !short) {
    const why = memory?.message == null ? '' : ` ${memory.message}`;
    add('pool-empty', 'pool', `No agent is warm (target ${evidence.pool.target}, ${evidence.pool.starting} starting): new sessions wait for a start.${why}`);
  }
  if (memory?.state === 'short' && memory.message !== null) add('memory-short', 'pool', memory.message);
  if (total >= leastTurnsForRate && errorRate > errorRateLimit)
    add('error-rate', 'turns', `${evidence.turnsFailed} of ${total} turns failed in the last 5 minutes.`);
  for (const [queue, view] of lonely) {
    const left = view.waiting + view.delayed;
    if (!vital.includes(queue) && left > 0)
      add('queue-unconsumed', queue, `${left} ${left === 1 ? 'job is' : 'jobs are'} in ${queue}, but no worker consumes it.`);
  }
  for (const [queue, view] of Object.entries(evidence.queues)) {
    // A stop of everything says so itself.
    if (view.paused === true && hold === null) add('queue-paused', queue, `${queue} is paused by a person: ${view.waiting} waiting, none of them begins.`);
    if (view.waiting > backlogLimit) add('queue-backlog', queue, `${view.waiting} jobs wait in ${queue}.`);
  }
  for (const other of evidence.processes) {
    if (other.kind === 'service' && !other.required && other.state !== 'running' && !hasDoneItsWork(other))
      add('service-down', other.name, `${other.name} ${whyNot(other)}`);
  }
  for (const name of evidence.parkedSchedules ?? [])
    add('schedule-parked', 'schedules', `The schedule ${name} is parked: its job kept ending the process that ran it. It runs again once a person resumes it.`);
  if (evidence.configProblem !== null)
    add('config-invalid', 'roost', `The config file cannot be used, so the last good one stays in force: ${evidence.configProblem}`);

  if (evidence.configExposed != null) add('config-writable', 'roost', evidence.configExposed);

  return {
    status: down ? 'down' : reasons.length > 0 ? 'degraded' : 'healthy',
    reasons,
    required: { redis: redisUp, api: evidence.apiOpen, worker: workerUp },
    sessions: evidence.sessions,
    queues: { ...evidence.queues },
    errorRate,
    uptimeMs: evidence.uptimeMs,
    version: evidence.version,
  };
}

/** A service that may end and did so with success is no trouble. */
const hasDoneItsWork = (service: ProcessView): boolean => service.state === 'stopped' && service.lastExit?.cause === 'clean';
function heldSentence({ level, survivors, complete }: HoldView): string {
  const what = {
    hold: 'no new work is taken',
    interrupt: 'running turns were cancelled and no new work is taken',
    kill: 'agents were ended and no new work is taken',
  }[level];
  const rest = survivors.length === 0 ? '' : ` ${survivors.length} still ${survivors.length === 1 ? 'runs' : 'run'}.`;
  return `Roost is held by a person (${level}): ${what}.${rest}${complete ? '' : ' The queues are paused as soon as Redis is back.'}`;
}
