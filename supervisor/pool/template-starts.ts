import type { Clock, Random } from '../../core/base/clock.js';
import { StartGuard } from './start-guard.js';

export interface Trouble {
  readonly message: string;
  /** 0 once a probe is due. */
  readonly retryAfterMs: number;
  /** The same in wall ms; null once a probe is due. */
  readonly retryAtMs: number | null;
}

const startupSamples = 20;
const defaultStartupMs = 1_500;

/** What is known about starting agents: per template whether it may be tried, for all of them how long it takes. */
export class TemplateStarts {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #guards = new Map<string, StartGuard>();
  readonly #startups: number[] = [];

  constructor(options: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = options.clock;
    this.#random = options.random;
  }

  guard(template: string): StartGuard {
    let guard = this.#guards.get(template);
    if (guard === undefined) {
      guard = new StartGuard(this.#clock, this.#random);
      this.#guards.set(template, guard);
    }
    return guard;
  }

  /** After a change of its settings a template may be tried anew. */
  forget(affected: (template: string) => boolean): void {
    for (const template of [...this.#guards.keys()]) if (affected(template)) this.#guards.delete(template);
  }

  /** A person asks for agents: what is suspended is tried once more at once. */
  tryNow(): void {
    for (const guard of this.#guards.values()) guard.tryNow();
  }

  /** Why this template cannot be started now. */
  trouble(template: string): Trouble | null {
    const guard = this.#guards.get(template);
    if (guard === undefined || guard.trouble === null) return null;
    return {
      message: `Agents of template ${template} do not start: ${guard.trouble.replace(/\.$/, '')}.`,
      retryAfterMs: guard.retryInMs ?? 0,
      retryAtMs: guard.retryAtWallMs,
    };
  }

  took(startupMs: number): void {
    this.#startups.push(startupMs);
    if (this.#startups.length > startupSamples) this.#startups.shift();
  }

  /** The median of the last starts. */
  get usualMs(): number {
    return [...this.#startups].sort((a, b) => a - b)[Math.floor(this.#startups.length / 2)] ?? defaultStartupMs;
  }
}
