import type { RestClient } from './host.js';
import { alive } from './processes.js';

/** Small seeded generator, so that a bad run can be had again. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const renewMs = 600_000;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Slot {
  readonly agentId: string;
  readonly sessionId: string | null;
  readonly pid: number | null;
  readonly state: string;
}

interface Fault {
  readonly name: string;
  /** How often in ten minutes: more deaths of one process in so short a time would rightly put it in quarantine. */
  left: number;
  readonly weight: number;
  strike(): Promise<string | undefined>;
}

/** Breaks what can be broken, at random, and tells what it did. */
export class Nemesis {
  readonly story: string[] = [];
  readonly #api: RestClient;
  readonly #random: () => number;
  readonly #frozen = new Set<number>();
  readonly #frozenForGood = new Set<number>();
  readonly #startedAt = performance.now();
  readonly #faults: readonly Fault[] = [
    { name: 'kill worker', left: 2, weight: 2, strike: () => this.#killNamed('worker-turns') },
    { name: 'kill redis', left: 2, weight: 2, strike: () => this.#killNamed('redis') },
    { name: 'kill worker and redis', left: 1, weight: 1, strike: () => this.#killBoth() },
    { name: 'freeze redis', left: 2, weight: 1, strike: () => this.#freezeNamed('redis', 3_500) },
    { name: 'freeze worker', left: 2, weight: 1, strike: () => this.#freezeNamed('worker-turns', 8_000) },
    { name: 'kill agent of a session', left: 60, weight: 4, strike: () => this.#killAgent(['assigned', 'busy']) },
    { name: 'hunt a session', left: 3, weight: 1, strike: () => this.#hunt() },
    { name: 'kill idle agent', left: 6, weight: 2, strike: () => this.#killAgent(['ready', 'starting']) },
    { name: 'freeze agent', left: 20, weight: 3, strike: () => this.#freeze() },
    { name: 'freeze agent for good', left: 2, weight: 1, strike: () => this.#freezeForGood() },
    { name: 'stop and start worker', left: 2, weight: 1, strike: () => this.#bounceWorker() },
    { name: 'restart agent by hand', left: 4, weight: 1, strike: () => this.#restartAgent() },
  ];

  constructor(api: RestClient, random: () => number) {
    this.#api = api;
    this.#random = random;
  }

  async rage(forMs: number): Promise<void> {
    const end = performance.now() + forMs;
    const most = this.#faults.map(({ left }) => left);
    for (let renewAt = performance.now() + renewMs; performance.now() < end; ) {
      await pause(150 + this.#random() * 900);
      if (performance.now() > renewAt) {
        renewAt += renewMs;
        for (const [index, fault] of this.#faults.entries()) fault.left = most[index] ?? 0;
      }
      const fault = this.#pick();
      if (fault === undefined) continue;
      const done = await fault.strike().catch((error: unknown) => `failed: ${String(error)}`);
      if (done === undefined) continue;
      fault.left -= 1;
      this.#tell(`${fault.name}: ${done}`);
    }
  }

  /** Undoes what does not heal by itself. */
  async heal(): Promise<void> {
    for (const pid of this.#frozen) this.#signal(pid, 'SIGCONT');
    this.#frozen.clear();
    await this.#api.post('/api/processes/worker-turns/start');
    this.#tell('healed');
  }

  #pick(): Fault | undefined {
    const bag = this.#faults.filter(({ left }) => left > 0).flatMap((fault) => Array.from({ length: fault.weight }, () => fault));
    return bag[Math.floor(this.#random() * bag.length)];
  }

  #tell(line: string): void {
    this.story.push(`${((performance.now() - this.#startedAt) / 1_000).toFixed(2)} s ${line}`);
  }

  #signal(pid: number, signal: NodeJS.Signals): boolean {
    try {
      return process.kill(pid, signal);
    } catch {
      return false;
    }
  }

  async #killNamed(name: string): Promise<string | undefined> {
    const { pid, state } = await this.#api.process(name);
    return state === 'running' && this.#signal(pid, 'SIGKILL') ? `pid ${pid}` : undefined;
  }

  async #agent(states: readonly string[]): Promise<(Slot & { pid: number }) | undefined> {
    const { body } = await this.#api.get('/api/pool');
    const slots = body.slots.filter((slot: Slot) => states.includes(slot.state) && slot.pid !== null);
    return slots[Math.floor(this.#random() * slots.length)];
  }

  async #killAgent(states: readonly string[]): Promise<string | undefined> {
    const agent = await this.#agent(states);
    return agent !== undefined && this.#signal(agent.pid, 'SIGKILL') ? `${agent.agentId} (${agent.state})` : undefined;
  }

  async #killBoth(): Promise<string | undefined> {
    const done = [await this.#killNamed('redis'), await this.#killNamed('worker-turns')];
    return done.every((one) => one === undefined) ? undefined : done.join(', ');
  }

  /** Every agent one session gets, until a turn of it was killed often enough to fail. */
  async #hunt(): Promise<string | undefined> {
    const first = await this.#agent(['busy']);
    if (first === undefined) return undefined;
    const killed: string[] = [];
    for (const end = performance.now() + 6_000; performance.now() < end && killed.length < 4; await pause(20)) {
      const { body } = await this.#api.get('/api/pool');
      const prey = body.slots.find((slot: Slot) => slot.sessionId === first.sessionId && slot.state === 'busy');
      if (prey !== undefined && !killed.includes(prey.agentId) && this.#signal(prey.pid, 'SIGKILL')) killed.push(prey.agentId);
    }
    return `${first.sessionId}: ${killed.join(', ')}`;
  }

  async #freeze(): Promise<string | undefined> {
    const agent = await this.#agent(['assigned', 'busy', 'ready']);
    const done = agent === undefined ? undefined : this.#freezePid(agent.pid, 4_000);
    return done === undefined ? undefined : `${agent?.agentId} (${agent?.state}) ${done}`;
  }

  /** Nobody thaws this one: Roost has to notice by itself. */
  async #freezeForGood(): Promise<string | undefined> {
    const agent = await this.#agent(['assigned', 'busy', 'ready']);
    if (agent === undefined || !this.#signal(agent.pid, 'SIGSTOP')) return undefined;
    this.#frozenForGood.add(agent.pid);
    return `${agent.agentId} (${agent.state})`;
  }

  async #freezeNamed(name: string, mostMs: number): Promise<string | undefined> {
    const { pid, state } = await this.#api.process(name);
    return state === 'running' ? this.#freezePid(pid, mostMs) : undefined;
  }

  #freezePid(pid: number, mostMs: number): string | undefined {
    if (!alive(pid) || this.#frozenForGood.has(pid) || !this.#signal(pid, 'SIGSTOP')) return undefined;
    this.#frozen.add(pid);
    const ms = Math.round(500 + this.#random() * (mostMs - 500));
    void pause(ms).then(() => {
      if (this.#frozen.delete(pid)) this.#signal(pid, 'SIGCONT');
    });
    return `for ${ms} ms`;
  }

  async #bounceWorker(): Promise<string> {
    await this.#api.post('/api/processes/worker-turns/stop');
    const ms = Math.round(this.#random() * 2_500);
    await pause(ms);
    const { body } = await this.#api.post('/api/processes/worker-turns/start');
    return `after ${ms} ms: ${body.message}`;
  }

  async #restartAgent(): Promise<string | undefined> {
    const agent = await this.#agent(['assigned', 'busy']);
    if (agent === undefined) return undefined;
    await this.#api.post(`/api/processes/${agent.agentId}/restart`);
    return `${agent.agentId} (${agent.state})`;
  }
}
