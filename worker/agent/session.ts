import type { Exchange, ModeId, SessionFacts } from './engine.js';

const maxExchanges = 50;
/** One long answer must not fill the memory of an agent that lives for days (characters of one side of an exchange). */
const maxRememberedChars = 20_000;

/** What one session leaves behind between two turns; bounded. */
export class AgentSession {
  readonly id: string;
  readonly cwd: string;
  mode: ModeId = 'npc';
  readonly facts: SessionFacts = { name: undefined, notes: [] };
  #history: Exchange[] = [];
  #turn: AbortController | undefined;

  constructor(id: string, cwd: string) {
    this.id = id;
    this.cwd = cwd;
  }

  /** Oldest first. */
  get history(): readonly Exchange[] {
    return this.#history;
  }

  /** What an agent before this one heard and said; nothing of it replaces what is known already. */
  restore(said: readonly Exchange[]): void {
    if (this.#history.length === 0) this.#history = said.slice(-maxExchanges);
  }

  /** The controller of a turn that starts now; undefined while another one runs. */
  begin(): AbortController | undefined {
    if (this.#turn !== undefined) return undefined;
    this.#turn = new AbortController();
    return this.#turn;
  }

  end(exchange: Exchange | undefined): void {
    this.#turn = undefined;
    if (exchange === undefined) return;
    const short = (text: string): string => (text.length > maxRememberedChars ? `${text.slice(0, maxRememberedChars)} …` : text);
    this.#history = [...this.#history, { user: short(exchange.user), agent: short(exchange.agent) }].slice(-maxExchanges);
  }

  cancel(): void {
    this.#turn?.abort(new Error('cancelled by the client'));
  }
}
