import type { AgentUpdate } from './acp-updates.js';

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
  readonly #toolTitles = new Map<string, string>();

  get text(): string {
    return this.#text;
  }

  get progress(): string | null {
    return this.#progress;
  }

  get truncated(): boolean {
    return this.#truncated;
  }

  /** True when there is something new to show. */
  add(update: AgentUpdate): boolean {
    if (update.kind === 'text') return this.#addText(update.text);
    const progress = this.#describe(update);
    if (progress === null || progress === this.#progress) return false;
    this.#progress = progress;
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

  #describe(update: AgentUpdate): string | null {
    if (update.kind === 'plan') return clip(`${update.done} of ${update.total} steps done${update.current === null ? '' : `: ${update.current}`}`);
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
