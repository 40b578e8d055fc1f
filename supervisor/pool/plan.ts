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
  /** Memory that one more is expected to use. */
  readonly bytes: number;
}

export interface PoolLimits {
  readonly spawnConcurrency: number;
  /** Live agents of any kind, those being closed included. */
  readonly live: number;
  /** Of these, the ones that stay. */
  readonly lasting: number;
  readonly maxLive: number;
  /** Memory that starts may still claim; negative when too much is claimed already. */
  readonly roomBytes: number;
}

export interface PoolPlan {
  /** Templates to start, in order. */
  readonly spawn: readonly string[];
  /** Idle agents to close, per template. */
  readonly close: ReadonlyMap<string, number>;
}

/**
 * What to do next so that demand meets supply: people in line before spare agents, and never more at
 * once than the limits. A spare agent is started only where another one would fit as well, so that a
 * pool at its limit does not start and close the same agent for ever.
 */
export function plan(demands: readonly TemplateDemand[], limits: PoolLimits): PoolPlan {
  const spawn: string[] = [];
  const close = new Map<string, number>();
  let slots = Math.max(0, Math.min(limits.spawnConcurrency - demands.reduce((sum, { starting }) => sum + starting, 0), limits.maxLive - limits.live));
  let room = limits.roomBytes;
  const started = new Map<string, number>();
  const take = (demand: TemplateDemand, wanted: number, spare: boolean): void => {
    const before = started.get(demand.template) ?? 0;
    const supply = demand.ready + demand.starting + before;
    const count = Math.max(0, Math.min(wanted - supply, demand.allowed - demand.starting - before, slots));
    for (let n = 0; n < count; n++) {
      // Without any agent there is no Roost: the first one is always worth its memory.
      const first = limits.lasting === 0 && spawn.length === 0;
      if (!first && room < demand.bytes * (spare ? 2 : 1)) return;
      room -= demand.bytes;
      slots -= 1;
      started.set(demand.template, (started.get(demand.template) ?? 0) + 1);
      spawn.push(demand.template);
    }
  };
  for (const demand of demands) take(demand, demand.waiting, false);
  for (const demand of demands) take(demand, demand.waiting + demand.target, true);
  // Nor is the last one closed for its memory: it would be started again at once.
  let spared = limits.lasting - 1;
  for (const demand of demands) {
    const surplus = Math.max(0, demand.ready - demand.waiting - demand.target);
    const spare = demand.ready - demand.waiting;
    // Memory that others need more: idle agents give theirs back.
    const forMemory = room < 0 ? Math.min(Math.max(0, spared), Math.ceil(-room / Math.max(1, demand.bytes))) : 0;
    const count = Math.min(spare, Math.max(surplus, forMemory));
    if (count <= 0) continue;
    close.set(demand.template, count);
    room += count * demand.bytes;
    spared -= count;
  }
  return { spawn, close };
}
