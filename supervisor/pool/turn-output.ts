import type { TurnWork } from '../../contract/turn-work.js';
import type { Deed } from './acp-requests.js';
import type { AgentUpdate } from './acp-updates.js';
import { WorkRecord } from './turn-work.js';

/** Characters of one turn's answer that Roost keeps; an agent that never stops talking must not fill the memory. */
export const maxTurnChars = 1_048_576;
const truncatedNote = '\n\n[The answer was cut here: it is longer than 1 MiB.]';
const maxProgressChars = 300;
const maxTools = 200;

/** What a turn's updates add up to: the text so far and one line that says what the agent is doing. */
export class TurnOutput {
  #text = '';
  #truncated = false;
  #progress: string | null = null;
  #thought = '';
  readonly #toolTitles = new Map<string, string>();
  readonly #work = new WorkRecord();

  get text(): string {
    return this.#text;
  }

  get progress(): string | null {
    return this.#progress;
  }

  get truncated(): boolean {
    return this.#truncated;
  }

  /** Plan and tool calls; null while there are none. */
  get work(): TurnWork | null {
    return this.#work.view;
  }

  /** What Roost did for the agent; false when the agent shows it itself. */
  did(deed: Deed): boolean {
    return this.#work.did(deed);
  }

  used(inputTokens: number, outputTokens: number): void {
    this.#work.used(inputTokens, outputTokens);
  }

  /** True when there is something new to show. */
  add(update: AgentUpdate): boolean {
    if (update.kind === 'text') return this.#addText(update.text);
    if (update.kind === 'thought') return this.#think(update.text);
    if (update.kind !== 'plan' && update.kind !== 'tool') return false;
    this.#work.add(update);
    this.#progress = this.#describe(update) ?? this.#progress;
    return true;
  }

  #addText(text: string): boolean {
    if (this.#truncated || text === '') return false;
    const room = maxTurnChars - this.#text.length;
    if (text.length <= room) this.#text += text;
    else {
      this.#truncated = true;
      this.#text += wholeCharacters(text, room) + truncatedNote;
    }
    return true;
  }

  /** Of what it thinks the last line, until it does something. */
  #think(text: string): boolean {
    if (text === '' || this.#toolTitles.size > 0 || this.#work.view !== null) return false;
    this.#thought = (this.#thought + text).slice(-maxProgressChars * 2);
    const last = this.#thought.trimEnd().split('\n').at(-1) ?? '';
    if (last === '') return false;
    this.#progress = clip(`Thinking: ${last}`);
    return true;
  }

  #describe(update: AgentUpdate): string | null {
    if (update.kind === 'plan') {
      const done = update.entries.filter(({ status }) => status === 'completed').length;
      const current = update.entries.find(({ status }) => status === 'in_progress')?.content;
      return clip(`${done} of ${update.entries.length} steps done${current === undefined ? '' : `: ${current}`}`);
    }
    if (update.kind !== 'tool') return null;
    if (update.title !== null && this.#toolTitles.size < maxTools) this.#toolTitles.set(update.id, clip(update.title));
    const title = update.title === null ? (this.#toolTitles.get(update.id) ?? update.id) : update.title;
    return clip(update.status === null ? title : `${title} (${update.status.replaceAll('_', ' ')})`);
  }
}

const clip = (text: string): string => (text.length <= maxProgressChars ? text : `${wholeCharacters(text, maxProgressChars - 1)}…`);

/** The first `limit` UTF-16 units, one less when that would cut a character in two. */
function wholeCharacters(text: string, limit: number): string {
  const last = text.charCodeAt(limit - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit);
}
