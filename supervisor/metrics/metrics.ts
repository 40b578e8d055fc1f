import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { type ExitCause, healthStatuses, holdLevels, phases, type State, sessionStatuses, type TurnView } from '../../contract/state.js';
import { workedMs } from '../../contract/turn-timings.js';
import type { Ended } from '../../core/jobs/ended.js';
import type { Approvals } from '../approvals/approvals.js';
import type { ProviderDesk } from '../providers/provider-desk.js';
import { PeopleMetrics } from './people-metrics.js';
import { ProviderMetrics } from './provider-metrics.js';
import { ScheduleMetrics } from './schedule-metrics.js';
import { WatchMetrics } from './watch-metrics.js';
import { WorkMetrics } from './work-metrics.js';

const latencyBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300];

/**
 * Prometheus metrics in base units with closed label sets; an id is never a label (agents are one
 * label value together). Gauges are filled from the state at scrape time, counters as things happen.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly schedules = new ScheduleMetrics(this.#registry);
  readonly work = new WorkMetrics(this.#registry);
  readonly #watches = new WatchMetrics(this.#registry);
  readonly providers = new ProviderMetrics(this.#registry, (ms) => this.#steps.observe({ step: 'provider' }, ms / 1_000));
  readonly people = new PeopleMetrics(this.#registry);
  readonly #steps = this.#histogram('roost_step_seconds', 'Time a turn spent in each step.', ['step']);
  readonly #jobSeconds = this.#histogram('roost_job_seconds', 'Run time of jobs.', ['queue', 'name']);
  readonly #jobWait = this.#histogram('roost_job_wait_seconds', 'Time jobs could have run but waited, at their first try.', ['queue', 'name']);
  readonly #recovery = this.#histogram('roost_recovery_seconds', 'Time from the first sign of a disturbance until everything it touched worked again.', [
    'cause',
  ]);
  readonly #decision = this.#histogram('coordinator_decision_seconds', 'Time to choose an arm, its reads included.', []);
  readonly #jobs = this.#counter('roost_jobs_total', 'Jobs that ended.', ['queue', 'name', 'outcome']);
  readonly #turns = this.#counter('roost_turns_total', 'Turns that ended.', ['outcome']);
  readonly #restarts = this.#counter('roost_process_restarts_total', 'Ends of a process by cause.', ['process', 'cause']);
  readonly #stalls = this.#counter('roost_process_stalls_total', 'Processes replaced because they stood still.', ['process']);
  readonly #coordinatorErrors = this.#counter('coordinator_errors_total', 'Turns that failed before or while choosing an arm.', []);
  readonly #up = this.#gauge('roost_process_up', '1 while the process is ready.', ['process']);
  readonly #uptime = this.#gauge('roost_process_uptime_seconds', 'Time since the start of the present life; 0 while down.', ['process']);
  readonly #mtbf = this.#gauge('roost_process_mtbf_seconds', 'Mean running time between failures, today and the seven days before it; absent without one.', [
    'process',
  ]);
  readonly #manual = this.#gauge('roost_process_manual_restarts_today', 'Restarts asked for by a person since midnight, over restarts of Roost.', ['process']);
  readonly #statusAge = this.#gauge('roost_process_status_age_seconds', 'Age of the last sign of life, for those that give one.', ['process']);
  readonly #held = this.#gauge('roost_held', '1 for the level of the emergency stop in force.', ['level']);
  readonly #incidents = this.#gauge('roost_incidents_open', 'Disturbances that are not over.', []);
  readonly #backupAge = this.#gauge('roost_redis_backup_age_seconds', 'Age of the newest backup of the managed Redis; -1 when there is none.', []);
  readonly #health = this.#gauge('roost_health', '1 for the present status.', ['status']);
  readonly #memory = this.#gauge('roost_process_memory_bytes', 'Resident memory of the process tree.', ['process']);
  readonly #cpu = this.#counter('roost_process_cpu_seconds_total', 'Processor time used by the process tree.', ['process']);
  readonly #cpuSeen = new Map<number, number>();
  readonly #queueJobs = this.#gauge('roost_queue_jobs', 'Jobs by state.', ['queue', 'state']);
  readonly #queueWaiting = this.#gauge('roost_queue_waiting', 'Waiting jobs.', ['queue']);
  readonly #queueOldest = this.#gauge('roost_queue_oldest_seconds', 'Age of the oldest waiting job.', ['queue']);
  readonly #queuePaused = this.#gauge('roost_queue_paused', '1 while a person wants no job of it to begin.', ['queue']);
  readonly #queueWorkers = this.#gauge('roost_queue_workers', 'Living workers that consume it, on every node.', ['queue']);
  readonly #queueClear = this.#gauge('roost_queue_clear_seconds', 'Until what waits is done at the present rate; -1 when nothing moves.', ['queue']);
  readonly #poolAgents = this.#gauge('roost_pool_agents', 'Agents by state.', ['state']);
  readonly #poolTarget = this.#gauge('roost_pool_target', 'Warm agents wanted.', []);
  readonly #sessions = this.#gauge('roost_sessions', 'Sessions by status.', ['status']);
  readonly #loopLag = this.#gauge('roost_event_loop_lag_seconds', '99th percentile delay of the supervisor loop since the last scrape.', []);
  readonly #screens = this.#gauge('roost_screens', 'Screens that a person can see; a hidden window is none.', []);
  readonly #phase = this.#gauge('coordinator_bandit_phase', '1 for the present phase.', ['phase']);
  readonly #progress = this.#gauge('coordinator_warmup_progress', 'Share of the warm-up that is settled.', []);
  readonly #exploration = this.#gauge('coordinator_exploration_ratio', 'Probability that the next decision does not take the best arm so far.', []);
  readonly #underperforming = this.#gauge('coordinator_arm_underperforming', '1 for an arm that is proved to be worse than the leader.', ['arm']);
  readonly #pulls = this.#gauge('coordinator_pulls_total', 'Decisions by kind.', ['arm', 'kind']);
  readonly #rewardMean = this.#gauge('coordinator_reward_mean', 'Posterior mean reward.', ['arm']);
  readonly #rewards = this.#gauge('coordinator_rewards_total', 'Settled rewards.', ['arm']);

  turnEnded(turn: TurnView): void {
    this.#turns.inc({ outcome: turn.status });
    const { queueMs, chooseMs, agentMs } = turn.timings;
    const steps = { queue: queueMs, choose: chooseMs, agent: agentMs, total: workedMs(turn.timings) };
    for (const [step, ms] of Object.entries(steps)) if (ms !== null) this.#steps.observe({ step }, ms / 1_000);
    if (chooseMs !== null) this.#decision.observe(chooseMs / 1_000);
    if (turn.status === 'failed' && turn.arm === null) this.#coordinatorErrors.inc();
  }

  /** A job of any worker on any node; `name` is one of a closed set. */
  jobEnded({ q: queue, o: outcome, r: runMs, w: waitMs }: Ended, name: string): void {
    this.#jobs.inc({ queue, name, outcome });
    if (runMs !== undefined) this.#jobSeconds.observe({ queue, name }, runMs / 1_000);
    if (waitMs !== undefined) this.#jobWait.observe({ queue, name }, waitMs / 1_000);
  }

  /** Counts from now on what these tell. */
  follow({ providers, approvals }: { readonly providers: ProviderDesk; readonly approvals: Approvals }): void {
    this.providers.follow(providers);
    this.people.follow(approvals);
  }

  processEnded(process: string, cause: ExitCause): void {
    this.#restarts.inc({ process, cause });
    if (cause === 'stalled') this.#stalls.inc({ process });
  }

  recovered(cause: ExitCause, ms: number): void {
    this.#recovery.observe({ cause }, Math.max(0, ms) / 1_000);
  }

  /** `cpuMs` is the total of one tree since it began; the counter sums over lives. */
  cpuUsed(process: string, pid: number, cpuMs: number): void {
    const before = this.#cpuSeen.get(pid) ?? 0;
    this.#cpuSeen.set(pid, cpuMs);
    if (cpuMs > before) this.#cpu.inc({ process }, (cpuMs - before) / 1_000);
    if (this.#cpuSeen.size > 2_000) this.#cpuSeen.clear();
  }

  /** Prometheus text for the state as it is now. */
  async text(state: State, loopLagSeconds: number, nowMs: number): Promise<string> {
    for (const level of holdLevels) this.#held.set({ level }, state.hold?.level === level ? 1 : 0);
    this.#incidents.set(state.incidents.filter(({ status }) => status === 'open').length);
    const newest = state.backups?.items[0];
    this.#backupAge.set(newest === undefined ? -1 : Math.max(0, nowMs - newest.atMs) / 1_000);
    this.schedules.fill(state.schedules, nowMs);
    this.#watches.fill(state.watches);
    this.providers.fill(state);
    this.people.fill(state);
    this.#fillProcesses(state);
    for (const status of healthStatuses) this.#health.set({ status }, state.health.status === status ? 1 : 0);
    for (const [queue, view] of Object.entries(state.health.queues)) {
      for (const name of ['waiting', 'active', 'delayed', 'failed', 'completed'] as const) this.#queueJobs.set({ queue, state: name }, view[name]);
      this.#queueWaiting.set({ queue }, view.waiting);
      this.#queueOldest.set({ queue }, (view.oldestWaitingMs ?? 0) / 1_000);
      this.#queuePaused.set({ queue }, view.paused === true ? 1 : 0);
      this.#queueWorkers.set({ queue }, view.workers);
      const clearMs = state.queues[queue]?.clearMs ?? null;
      this.#queueClear.set({ queue }, clearMs === null ? -1 : clearMs / 1_000);
    }
    const slots = state.pool.slots;
    for (const name of ['starting', 'ready', 'assigned', 'busy', 'closing', 'backoff'] as const) {
      this.#poolAgents.set({ state: name }, slots.filter((slot) => slot.state === name).length);
    }
    this.#poolTarget.set(state.pool.target);
    for (const status of sessionStatuses) this.#sessions.set({ status }, state.sessions.items.filter((session) => session.status === status).length);
    this.#loopLag.set(loopLagSeconds);
    const coordinator = state.coordinator;
    for (const phase of phases) this.#phase.set({ phase }, coordinator?.phase === phase ? 1 : 0);
    this.#progress.set(coordinator?.progress ?? 0);
    this.#exploration.set(coordinator?.explorationShare ?? 0);
    for (const arm of coordinator?.arms ?? []) {
      this.#underperforming.set({ arm: arm.arm }, arm.verdict?.state === 'underperforming' ? 1 : 0);
      this.#rewardMean.set({ arm: arm.arm }, arm.mean);
      this.#rewards.set({ arm: arm.arm }, arm.settled);
      for (const kind of ['forced', 'explore', 'exploit'] as const) this.#pulls.set({ arm: arm.arm, kind }, arm.kinds[kind]);
    }
    return this.#registry.metrics();
  }

  screens(count: number): void {
    this.#screens.set(count);
  }

  #fillProcesses(state: State): void {
    let agentBytes = 0;
    for (const one of state.processes) {
      if (one.kind === 'agent') {
        agentBytes += one.rssBytes ?? 0;
        continue;
      }
      this.#up.set({ process: one.name }, one.state === 'running' ? 1 : 0);
      if (one.rssBytes !== null) this.#memory.set({ process: one.name }, one.rssBytes);
      this.#uptime.set({ process: one.name }, (one.uptimeMs ?? 0) / 1_000);
      if (one.mtbfMs !== null) this.#mtbf.set({ process: one.name }, one.mtbfMs / 1_000);
      if (one.manualRestartsToday !== undefined) this.#manual.set({ process: one.name }, one.manualRestartsToday);
      if (typeof one.statusAgeMs === 'number') this.#statusAge.set({ process: one.name }, one.statusAgeMs / 1_000);
    }
    this.#memory.set({ process: 'agents' }, agentBytes);
    const figures = (state.pool.templates ?? []).flatMap((template) => template.figures ?? []);
    this.#manual.set(
      { process: 'agents' },
      figures.reduce((sum, one) => sum + one.manualRestartsToday, 0),
    );
  }

  #counter<L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> {
    return new Counter({ name, help, labelNames: [...labelNames], registers: [this.#registry] });
  }

  #gauge<L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> {
    return new Gauge({ name, help, labelNames: [...labelNames], registers: [this.#registry] });
  }

  #histogram<L extends string>(name: string, help: string, labelNames: readonly L[]): Histogram<L> {
    return new Histogram({ name, help, labelNames: [...labelNames], buckets: latencyBuckets, registers: [this.#registry] });
  }
}
