import fc from 'fast-check';
import { describe, it } from 'vitest';
import { configSchema } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import { silentLog } from '../../core/base/log.js';
import { ManualClock } from '../../core/base/manual-clock.js';
import type { Agent } from './agent.js';
import { type FakeIncarnation, FakeLauncher } from './fake-launcher.js';
import { WarmPool } from './warm-pool.js';

const spawnConcurrency = 4;
const capacity = 6;
const config = configSchema.parse({
  templates: { plain: { protocol: 'none', command: ['x'], ready: { log: 'ready' }, initTimeout: '10s' } },
  pool: { template: 'plain', size: 2, capacity, spawnConcurrency, idleTtl: '1h' },
});
const callerDeadlineMs = 60_000;

interface Call {
  readonly id: number;
  readonly atMs: number;
  readonly abort: AbortController;
  outcome: string | undefined;
}

class World {
  readonly clock = new ManualClock();
  /** What the next processes do on their own: become ready at once, fail at once, or nothing. */
  mood: 'good' | 'fail' | 'slow' = 'good';
  readonly launcher = new FakeLauncher(this.clock, (child) => {
    if (this.mood === 'good') queueMicrotask(() => child.ready());
    if (this.mood === 'fail') queueMicrotask(() => child.die());
  });
  readonly pool = new WarmPool({
    launcher: this.launcher,
    clock: this.clock,
    random: () => 0.5,
    log: silentLog,
    config,
    agentSetup: () => ({ knowledge: [], files: [], providers: [] }),
    dataDir: '/nowhere',
    pidState: this.launcher.pidState,
    files: { highestNumber: async () => 0, prepare: async (name) => name, dropEmpty: async () => undefined, pruneLogs: async () => undefined },
  });
  readonly calls: Call[] = [];
  readonly served: number[] = [];
  readonly held = new Set<Agent>();
  readonly handedOut = new Set<string>();
  readonly crashed = new Set<string>();
  target = 2;
  stopped = false;

  take(agent: Agent): void {
    // An agent serves one session only.
    if (this.handedOut.has(agent.name)) throw new Error(`${agent.name} was handed out twice`);
    this.handedOut.add(agent.name);
    this.held.add(agent);
  }

  request(): void {
    const call: Call = { id: this.calls.length, atMs: this.clock.monoMs(), abort: new AbortController(), outcome: undefined };
    this.calls.push(call);
    this.pool.spawnFor('plain', { signal: call.abort.signal, deadlineMs: callerDeadlineMs }).then(
      (agent) => {
        call.outcome = 'agent';
        this.served.push(call.id);
        this.take(agent);
      },
      (error: unknown) => (call.outcome = error instanceof RoostError ? error.code : `unexpected ${String(error)}`),
    );
  }

  child(state: 'ready' | 'assigned' | 'starting', index: number): FakeIncarnation | undefined {
    const slots = this.pool.view(0).slots.filter((slot) => slot.state === state && slot.pid !== null);
    const slot = slots[index % Math.max(1, slots.length)];
    return slot === undefined ? undefined : this.launcher.named(slot.agentId);
  }

  check(): void {
    const view = this.pool.view(0);
    const live = this.launcher.live;
    // Q1: every live process is in exactly one slot, every slot with a process shows a live one.
    const slotted = view.slots.filter(({ pid }) => pid !== null).map(({ agentId }) => agentId);
    if (new Set(slotted).size !== slotted.length) throw new Error('Q1: an agent is in two slots');
    for (const { launch } of live) if (!slotted.includes(launch.name)) throw new Error(`Q1: ${launch.name} lives outside the pool`);
    if (slotted.length !== live.length) throw new Error(`Q1: ${slotted.length} slots for ${live.length} processes`);
    // Q3
    if (view.starting > spawnConcurrency) throw new Error(`Q3: ${view.starting} starting`);
    if (view.slots.length > capacity + 10 + spawnConcurrency) throw new Error(`Q3: ${view.slots.length} agents`);
    // Q4: nobody waits past the deadline; first come first served.
    for (const call of this.calls) {
      if (call.outcome === undefined && this.clock.monoMs() > call.atMs + callerDeadlineMs) throw new Error(`Q4: caller ${call.id} still waits`);
      if (call.outcome?.startsWith('unexpected')) throw new Error(call.outcome);
    }
    if (this.served.some((id, at) => at > 0 && id < (this.served[at - 1] as number))) throw new Error(`Q4: out of order ${this.served.join()}`);
    if (view.slots.filter(({ state }) => state === 'assigned').length !== [...this.held].filter(({ exit }) => exit === null).length)
      throw new Error('an agent was handed to nobody');
  }
}

type Model = Record<string, never>;
const command = (name: string, act: (world: World) => void | Promise<void>): fc.AsyncCommand<Model, World> => ({
  check: () => true,
  run: async (_, world) => {
    if (!world.stopped) await act(world);
    await world.clock.advance(0);
    world.check();
  },
  toString: () => name,
});

const index = fc.nat({ max: 7 });
const commands = fc.commands(
  [
    fc.constant(
      command('acquire', (world) => {
        const agent = world.pool.acquire('plain');
        if (agent === undefined) return;
        if (world.launcher.named(agent.name).exit !== null) throw new Error('a corpse was handed out');
        world.take(agent);
      }),
    ),
    // The process is gone, its exit event has not been handled yet.
    index.map((at) =>
      command(`crashThenAcquire(${at})`, (world) => {
        world.child('ready', at)?.die();
        const agent = world.pool.acquire('plain');
        if (agent === undefined) return;
        if (world.launcher.named(agent.name).exit !== null) throw new Error('a corpse was handed out');
        world.take(agent);
      }),
    ),
    fc.constant(command('request', (world) => world.request())),
    index.map((at) => command(`leave(${at})`, (world) => world.calls[at % Math.max(1, world.calls.length)]?.abort.abort())),
    index.map((at) =>
      command(`release(${at})`, (world) => {
        const agent = [...world.held][at % Math.max(1, world.held.size)];
        if (agent === undefined) return;
        world.held.delete(agent);
        world.pool.assign(agent, 's');
        void world.pool.release(agent);
      }),
    ),
    index.map((at) => command(`crashIdle(${at})`, (world) => world.child('ready', at)?.die())),
    index.map((at) =>
      command(`crashBusy(${at})`, (world) => {
        const child = world.child('assigned', at);
        for (const agent of world.held) if (agent.name === child?.launch.name) world.held.delete(agent);
        child?.die();
      }),
    ),
    index.map((at) => command(`initFail(${at})`, (world) => world.child('starting', at)?.die())),
    index.map((at) => command(`initDone(${at})`, (world) => world.child('starting', at)?.ready())),
    fc.constantFrom('good', 'fail', 'slow').map((mood) =>
      command(`mood(${mood})`, (world) => {
        world.mood = mood as 'good';
      }),
    ),
    fc.nat({ max: 8 }).map((size) =>
      command(`setTarget(${size})`, (world) => {
        world.target = world.pool.resize(size);
      }),
    ),
    fc.nat({ max: 20_000 }).map((ms) => command(`tick(${ms})`, (world) => world.clock.advance(ms))),
    fc.integer({ min: -3_600_000, max: 3_600_000 }).map((ms) => command(`wallJump(${ms})`, (world) => world.clock.jumpWall(ms))),
    fc.constant(
      command('close', async (world) => {
        world.stopped = true;
        const stopping = world.pool.stop();
        if (world.pool.stop() !== stopping) throw new Error('Q6: the second close is another promise');
        await world.clock.advance(0);
        await stopping;
      }),
    ),
  ],
  { maxCommands: 60, size: '+1' },
);

describe('WarmPool invariants', () => {
  it('Q1 Q3 Q4 Q5 Q6 hold for any order of faults and acts', async () => {
    await fc.assert(
      fc.asyncProperty(commands, async (run) => {
        const world = new World();
        await world.pool.start();
        await world.clock.advance(20);
        await fc.asyncModelRun(() => ({ model: {}, real: world }), run);
        // Q5: faults end, slow ones become ready, and the pool is back at its target within a suspension and a start.
        world.mood = 'good';
        if (!world.stopped) {
          for (let round = 0; round < 12; round++) {
            for (const child of world.launcher.live) child.ready();
            await world.clock.advance(10_000);
          }
          world.check();
          const view = world.pool.view(0);
          // Fewer than asked for only where the places are taken, and never none at all.
          const wanted = Math.min(world.target, Math.max(1, Math.max(capacity, world.target) - view.assigned));
          // With nobody who wants an agent nothing is probed and the reason stays.
          if (view.ready !== wanted || (view.trouble !== null && world.target > 0))
            throw new Error(`Q5: ${view.ready} ready of ${wanted}, trouble ${view.trouble}`);
          const stopping = world.pool.stop();
          await world.clock.advance(0);
          await stopping;
        }
        // Q6
        if (world.launcher.live.length > 0) throw new Error('Q6: a process is left');
        if (world.calls.some(({ outcome }) => outcome === undefined)) throw new Error('Q6: a caller still waits');
        if (world.clock.pendingTimers > 0) throw new Error('a timer is left');
      }),
      { numRuns: 200 },
    );
  }, 60_000);
});
