import { RoostError } from '../../../contract/errors.js';
import type { ExitView } from '../../../contract/state.js';
import { afterAwake } from '../../../core/base/awake.js';
import type { Clock } from '../../../core/base/clock.js';
import { within } from '../../../core/base/deadline.js';
import type { Incarnation, Launcher } from '../../process/types.js';
import { BoundedOutput } from './bounded-output.js';
import type { ClearedCommand } from './command-gate.js';

export interface TerminalsOptions {
  readonly agentId: string;
  readonly launcher: Pick<Launcher, 'launch'>;
  readonly clock: Clock;
  readonly deadlineMs: () => number;
}

export interface TerminalExit {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

interface Terminal {
  readonly incarnation: Incarnation;
  readonly output: BoundedOutput;
  readonly allRead: Promise<void>;
  readonly turnId: string;
}

const maxOpen = 8;
const drainMs = 1_000;
const maxOutputBytes = 128 * 1024;
const ladder = { termAfterMs: 0, killAfterMs: 2_000 };

/** The commands of one agent: each its own process tree, with a deadline and an end of output that is kept. */
export class Terminals {
  readonly #options: TerminalsOptions;
  readonly #open = new Map<string, Terminal>();
  #count = 0;

  constructor(options: TerminalsOptions) {
    this.#options = options;
  }

  /** Before the command is judged: an agent that never releases one gets no other. */
  makeRoom(): void {
    if (this.#open.size >= maxOpen) throw new RoostError('capacity', `${maxOpen} terminals are open: release one first`);
  }

  start(command: ClearedCommand, turnId: string, byteLimit: number | null): string {
    this.makeRoom();
    const { agentId, launcher, clock, deadlineMs } = this.#options;
    const output = new BoundedOutput(Math.max(1, Math.min(byteLimit ?? maxOutputBytes, maxOutputBytes)));
    let drained: () => void = () => undefined;
    const allRead = new Promise<void>((resolve) => (drained = resolve));
    const number = ++this.#count;
    const incarnation = launcher.launch(
      {
        name: `${agentId}.run`,
        kind: 'agent',
        program: { command: command.argv },
        cwd: command.cwd,
        env: command.env,
        stdin: 'none',
        wire: 'none',
        capture: { chunk: (chunk) => output.add(chunk), end: drained },
      },
      number,
    );
    const ms = deadlineMs();
    const deadline = afterAwake(clock, ms, () => void incarnation.terminate('deadline', `the command took longer than ${Math.round(ms / 1_000)} s`, ladder));
    void incarnation.exited.then(() => deadline.cancel());
    const id = `term-${number}`;
    this.#open.set(id, { incarnation, output, allRead, turnId });
    return id;
  }

  read(id: string): { readonly output: string; readonly truncated: boolean; readonly exit: TerminalExit | null } {
    const { output, incarnation } = this.#find(id);
    return { ...output.read(), exit: incarnation.exit === null ? null : exitOf(incarnation.exit) };
  }

  async wait(id: string): Promise<TerminalExit> {
    const { incarnation, allRead } = this.#find(id);
    const exit = exitOf(await incarnation.exited);
    // Whoever asks for the output next must find all of it.
    await within(this.#options.clock, drainMs, allRead);
    return exit;
  }

  async kill(id: string): Promise<void> {
    await this.#find(id).incarnation.terminate('deliberate', 'the agent ended its command', ladder);
  }

  async release(id: string): Promise<void> {
    const { incarnation } = this.#find(id);
    this.#open.delete(id);
    await incarnation.terminate('deliberate', 'the agent let go of its command', ladder);
  }

  /** What a cancelled turn started must not go on. */
  endTurn(turnId: string): void {
    for (const { incarnation, turnId: of } of this.#open.values())
      if (of === turnId) void incarnation.terminate('deliberate', 'its turn was cancelled', ladder);
  }

  async close(): Promise<void> {
    const all = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(all.map(({ incarnation }) => incarnation.terminate('deliberate', 'its agent is gone', ladder)));
  }

  #find(id: string): Terminal {
    const found = this.#open.get(id);
    if (found === undefined) throw new RoostError('not-found', `there is no terminal ${JSON.stringify(id.slice(0, 60))}`, { field: 'terminalId' });
    return found;
  }
}

const exitOf = ({ code, signal, cause, message }: ExitView): TerminalExit => {
  if (cause === 'spawn-failed') throw new RoostError('spawn-failed', `the command did not start: ${message}`);
  return { exitCode: code, signal };
};
