import type { Sample, SliceName, State } from '../../contract/state.js';
import type { ConnectionSink, ConnectionStatus } from './connection.js';

export const maxSamples = 900;

/** All that the screen knows. Each field and each slice keeps its identity until it is replaced. */
export interface Screen {
  readonly connection: ConnectionStatus;
  /** Null until the first welcome; stays (stale) while the connection is lost. */
  readonly state: State | null;
  readonly samples: readonly Sample[];
  /** Counts the welcomes: what was read before belongs to an older conversation. */
  readonly epoch: number;
  /** Why the newest frame that did not fit the contract was left out; null while all were read. */
  readonly unreadable: string | null;
}

/** Appends one sample; one that is not newer than the last is a repetition and is left out. */
export function withSample(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  const last = samples.at(-1);
  if (last !== undefined && sample.atMs <= last.atMs) return samples;
  return [...samples.slice(Math.max(0, samples.length + 1 - maxSamples)), sample];
}

export class ScreenStore implements ConnectionSink {
  readonly #listeners = new Set<() => void>();
  #screen: Screen = { connection: { kind: 'connecting', attempt: 0 }, state: null, samples: [], epoch: 0, unreadable: null };

  readonly get = (): Screen => this.#screen;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  status(connection: ConnectionStatus): void {
    this.#set({ connection });
  }

  welcome(state: State, samples: readonly Sample[]): void {
    this.#set({ state, samples: samples.slice(-maxSamples), epoch: this.#screen.epoch + 1 });
  }

  change<S extends SliceName>(slice: S, value: State[S]): void {
    if (this.#screen.state !== null) this.#set({ state: { ...this.#screen.state, [slice]: value } });
  }

  sample(sample: Sample): void {
    this.#set({ samples: withSample(this.#screen.samples, sample) });
  }

  unreadable(problem: string): void {
    this.#set({ unreadable: problem });
  }

  #set(part: Partial<Screen>): void {
    this.#screen = { ...this.#screen, ...part };
    for (const listener of [...this.#listeners]) listener();
  }
}
