/** How many agents of one template are wanted and how many there are. */
export interface TemplateDemand {
  readonly template: string;
  /** Callers in line for an agent of this template. */
  readonly waiting: number;
  /** Warm agents to keep beyond those. */
  readonly target: number;
  readonly ready: number;
  readonly starting: number;
  /** Starts allowed at the same time right now: 0 while suspended, 1 while the last start failed. */
  readonly allowed: number;
}

export interface PoolLimits {
  readonly spawnConcurrency: number;
  /** Live agents of any kind, those being closed included. */
  readonly live: number;
  readonly maxLive: number;
}

export interface PoolPlan {
  /** Templates to start, in order. */
  readonly spawn: readonly string[];
  /** Idle agents to close, per template. */
  readonly close: ReadonlyMap<string, number>;
}

/** What to do next so that demand meets supply: people in line before spare agents, and never more at once than the limits. */
export function plan(demands: readonly TemplateDemand[], limits: PoolLimits): PoolPlan {
  const spawn: string[] = [];
  const close = new Map<string, number>();
  let slots = Math.max(0, Math.min(limits.spawnConcurrency - demands.reduce((sum, { starting }) => sum + starting, 0), limits.maxLive - limits.live));
  const started = new Map<string, number>();
  const take = (demand: TemplateDemand, wanted: number): void => {
    const before = started.get(demand.template) ?? 0;
    const supply = demand.ready + demand.starting + before;
    const count = Math.max(0, Math.min(wanted - supply, demand.allowed - demand.starting - before, slots));
    for (let n = 0; n < count; n++) spawn.push(demand.template);
    started.set(demand.template, before + count);
    slots -= count;
  };
  for (const demand of demands) take(demand, demand.waiting);
  for (const demand of demands) take(demand, demand.waiting + demand.target);
  for (const demand of demands) {
    const surplus = demand.ready - demand.waiting - demand.target;
    if (surplus > 0) close.set(demand.template, surplus);
  }
  return { spawn, close };
}
