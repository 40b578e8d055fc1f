import { RoostError } from '../../contract/errors.js';
import type { Clock } from '../../core/base/clock.js';
import type { Agent } from './agent.js';

interface Caller {
  readonly template: string;
  readonly leave: () => void;
  readonly resolve: (agent: Agent) => void;
  readonly reject: (error: RoostError) => void;
}

/** Callers in line for an agent, first come first served within one template; everyone leaves in time. */
export class AgentLine {
  readonly #clock: Clock;
  readonly #callers: Caller[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  waiting(template: string): number {
    return this.#callers.reduce((sum, caller) => sum + (caller.template === template ? 1 : 0), 0);
  }

  get total(): number {
    return this.#callers.length;
  }

  join(template: string, deadlineMs: number, signal?: AbortSignal): Promise<Agent> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(new RoostError('cancelled', 'The wait for an agent was called off.'));
      const leave = (): void => {
        timer.cancel();
        signal?.removeEventListener('abort', onAbort);
        const at = this.#callers.indexOf(caller);
        if (at >= 0) this.#callers.splice(at, 1);
      };
      const caller: Caller = {
        template,
        leave,
        resolve: (agent) => {
          leave();
          resolve(agent);
        },
        reject: (error) => {
          leave();
          reject(error);
        },
      };
      const onAbort = (): void => caller.reject(new RoostError('cancelled', 'The wait for an agent was called off.'));
      const timer = this.#clock.after(deadlineMs, () =>
        caller.reject(new RoostError('timeout', `No agent of template ${template} became ready within ${Math.round(deadlineMs / 1_000)} s.`)),
      );
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#callers.push(caller);
    });
  }

  /** Gives the agent to the first in line; false when nobody is. */
  serve(template: string, agent: Agent): boolean {
    const caller = this.#callers.find((candidate) => candidate.template === template);
    caller?.resolve(agent);
    return caller !== undefined;
  }

  rejectTemplate(template: string, error: RoostError): void {
    for (const caller of this.#callers.filter((candidate) => candidate.template === template)) caller.reject(error);
  }

  rejectAll(error: RoostError): void {
    for (const caller of [...this.#callers]) caller.reject(error);
  }
}
