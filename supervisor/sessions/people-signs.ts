import type { SessionView } from '../../contract/state.js';

/** Told what people meet when they ask for something: for the figures. */
export interface PeopleSigns {
  /** A session has its first agent, this long after it was asked for. */
  started(prewarmed: boolean, ms: number): void;
  /** A session has to wait for a place, or for memory for one more agent. */
  startWaits(shortOf: 'places' | 'memory'): void;
  /** Too many starts of one user in a minute. */
  startLimited(): void;
  /** A turn was refused: today's are used up, or too many stand in line. */
  turnRefused(tier: SessionView['tier'], why: 'quota' | 'line'): void;
  rated(intent: string | null, rating: number): void;
}

export const unheard: PeopleSigns = {
  started: () => undefined,
  startWaits: () => undefined,
  startLimited: () => undefined,
  turnRefused: () => undefined,
  rated: () => undefined,
};
