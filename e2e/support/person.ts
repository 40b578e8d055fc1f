import type { RestClient } from './host.js';
import { pause } from './nemesis.js';

export interface Entry {
  readonly id: string;
  readonly question: string;
  cancelled?: boolean;
  /** What a reader saw when the turn had ended for the first time. */
  ended?: string;
}

export interface Turn {
  readonly status: string;
  readonly text: string;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly trace: readonly { readonly step: string }[];
}

const mostOpen = 4;

const hasEnded = (turn: Turn): boolean => ['done', 'failed', 'cancelled'].includes(turn.status);
export const endOf = ({ status, text, error, startedAt, endedAt }: Turn): string => JSON.stringify({ status, text, error, startedAt, endedAt });
export const deaths = (turn: Turn): number => turn.trace.filter(({ step }) => step === 'agent-died').length;

export async function readTurn(api: RestClient, id: string): Promise<Turn | undefined> {
  return (await api.get(`/api/turns/${id}`)).body.turn;
}

/** One person who keeps asking in one session; remembers outside Redis what Roost took on. */
export class Person {
  readonly ledger: Entry[] = [];
  readonly #session: string;
  readonly #random: () => number;
  #asked = 0;

  constructor(session: string, random: () => number) {
    this.#session = session;
    this.#random = random;
  }

  get session(): string {
    return this.#session;
  }

  async ask(api: RestClient): Promise<boolean> {
    const question = `question ${++this.#asked} of ${this.#session} please`;
    const answer = await api.post(`/api/session/${this.#session}/turns`, { text: question }).catch(() => undefined);
    if (answer?.status === 202) this.ledger.push({ id: answer.body.turnId, question });
    return answer?.status === 202;
  }

  /** Changes its mind about one that may have ended, may run or may wait. */
  async cancelOne(api: RestClient): Promise<void> {
    const open = this.ledger.filter(({ ended, cancelled }) => ended === undefined && cancelled === undefined);
    const entry = open[Math.floor(this.#random() * open.length)];
    if (entry === undefined) return;
    entry.cancelled = true;
    await api.call('DELETE', `/api/turns/${entry.id}`).catch(() => undefined);
  }

  /** Asks until told to stop, with a few turns in line at most. */
  async keepAsking(api: RestClient, stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      if (!(await this.ask(api))) await pause(200);
      await pause(this.#random() * 150);
      if (this.#random() < 0.08) await this.cancelOne(api);
      while (!stop.aborted && (await this.#open(api)) > mostOpen * this.#random()) await pause(50);
    }
  }

  async #open(api: RestClient): Promise<number> {
    let open = 0;
    for (const entry of this.ledger.filter(({ ended }) => ended === undefined)) {
      const turn = await readTurn(api, entry.id).catch(() => undefined);
      if (turn !== undefined && hasEnded(turn)) entry.ended = endOf(turn);
      else open += 1;
    }
    return open;
  }
}
