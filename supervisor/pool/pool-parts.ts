import { freemem } from 'node:os';
import type { Config } from '../../contract/config.js';
import type { AgentSetup } from '../../contract/messages.js';
import type { Clock, Random } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import type { LifeDays } from '../process/life-days.js';
import type { Launcher } from '../process/types.js';
import type { Agent, DeskFor } from './agent.js';
import { AgentFiles } from './agent-files.js';
import { AgentLine } from './agent-line.js';
import { AgentMemory, type MachineMemory } from './agent-memory.js';
import { AgentSlots, type Workspaces } from './agent-slots.js';
import { HandOut } from './hand-out.js';
import { IdleCheck } from './idle-check.js';
import { type PidState, pidState } from './pid-alive.js';
import type { PoolEvent } from './pool-events.js';
import { PoolReport } from './pool-report.js';
import { Refill } from './refill.js';
import type { SilenceLimits } from './silence-watch.js';
import { TemplateStarts } from './template-starts.js';
import { Tempo } from './warm-target.js';

export interface WarmPoolOptions {
  readonly launcher: Launcher;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly config: Pick<Config, 'pool' | 'templates'>;
  /** What the built-in agent is told at its start, as it is then. */
  agentSetup(): AgentSetup;
  readonly dataDir: string;
  /** Who serves the requests of an agent; without it agents may ask for nothing. */
  readonly deskFor?: DeskFor;
  readonly pidState?: (pid: number) => PidState;
  readonly files?: Workspaces;
  /** For tests; else asked from the system. */
  readonly machineMemory?: () => MachineMemory;
  /** When an agent of ours counts as frozen. */
  readonly silence?: SilenceLimits;
  readonly runId?: string;
  /** Figures of the agents of a template, over restarts of Roost. */
  readonly daysOf?: (template: string) => LifeDays;
  /** What an agent without a protocol is told about its room. */
  readonly roomEnv?: (agentId: string) => Readonly<Record<string, string>>;
}

/** What the parts ask the pool, and tell it. */
export interface PoolHooks {
  readonly target: () => number;
  readonly held: () => boolean;
  readonly closed: () => boolean;
  readonly onChange: () => void;
  readonly onEvent: (event: PoolEvent) => void;
}

export type PoolParts = ReturnType<typeof poolParts>;

/** What a pool consists of, wired: none of it does anything before it is asked. */
export function poolParts(options: WarmPoolOptions, hooks: PoolHooks) {
  const { clock, config } = options;
  const { target, held, closed, onChange, onEvent } = hooks;
  const line = new AgentLine(clock);
  const starts = new TemplateStarts(options);
  const memory = new AgentMemory();
  const slots: AgentSlots = new AgentSlots({
    ...options,
    templates: () => config.templates,
    files: options.files ?? new AgentFiles(options.dataDir),
    pidState: options.pidState ?? pidState,
    starts,
    onReady: (slot, agent: Agent) => handOut.offer(slot, agent),
    onChange,
    onRoom: () => refill.soon(0),
    onEvent,
  });
  const tempo = new Tempo(clock.monoMs());
  const shared = { clock, config, slots, starts, line, memory, target, tempo };
  const refill = new Refill({ ...shared, machine: options.machineMemory ?? (() => ({ freeBytes: freemem() })), held });
  const handOut: HandOut = new HandOut({ ...shared, refill, closed });
  const { daysOf } = options;
  const report = new PoolReport({ ...shared, refill, handOut, ...(daysOf === undefined ? {} : { daysOf }) });
  return { line, starts, memory, slots, tempo, refill, handOut, report, idle: new IdleCheck({ slots, clock }) } as const;
}
