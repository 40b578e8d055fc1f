import type { TurnWork } from '../../contract/turn-work.js';
import type { Deed } from './acp-requests.js';
import type { AgentUpdate, ToolContent } from './acp-updates.js';

type Tool = TurnWork['tools'][number];

const maxTools = 60;
const maxPlan = 50;
const maxPlaces = 20;
const maxTitleChars = 300;
const maxTextChars = 4_000;
const maxDiffChars = 8_000;
/** Of all tool calls of a turn together: it travels with the record. */
const maxTotalChars = 96_000;

/** The plan and the tool calls of one turn as an agent tells them, within bounds. */
export class WorkRecord {
  #plan: TurnWork['plan'] = [];
  #tokens: TurnWork['tokens'] = null;
  readonly #tools = new Map<string, Tool>();
  #more = 0;

  /** Null while there is nothing to show. */
  get view(): TurnWork | null {
    if (this.#plan.length === 0 && this.#tools.size === 0 && this.#tokens === null) return null;
    return { plan: this.#plan, tools: [...this.#tools.values()], more: this.#more, tokens: this.#tokens };
  }

  used(input: number, output: number): void {
    this.#tokens = { input, output };
  }

  /** An agent that shows a call of the same kind under way means this very act: it is not told twice. */
  did({ id, kind, title, status }: Deed): boolean {
    if (!this.#tools.has(id) && [...this.#tools.values()].some((tool) => tool.kind === kind && (tool.status === 'in_progress' || tool.status === 'pending')))
      return false;
    this.#tool({ kind: 'tool', id, title, status, tool: kind, places: null, content: null });
    return true;
  }

  add(update: AgentUpdate): void {
    if (update.kind === 'plan')
      this.#plan = update.entries.slice(0, maxPlan).map(({ content, status }) => ({ content: content.slice(0, maxTitleChars), status: status.slice(0, 40) }));
    if (update.kind === 'tool') this.#tool(update);
  }

  #tool(update: Extract<AgentUpdate, { kind: 'tool' }>): void {
    const known = this.#tools.get(update.id);
    if (known === undefined && this.#tools.size >= maxTools) {
      if (update.title !== null) this.#more += 1;
      return;
    }
    const content = update.content === null ? undefined : this.#content(update.content, known);
    this.#tools.set(update.id, {
      id: update.id.slice(0, 128),
      title: (update.title ?? known?.title ?? update.id).slice(0, maxTitleChars),
      kind: (update.tool ?? known?.kind ?? null)?.slice(0, 40) ?? null,
      status: (update.status ?? known?.status ?? 'pending').slice(0, 40),
      places: update.places?.slice(0, maxPlaces).map((place) => place.slice(0, 500)) ?? known?.places ?? [],
      text: content?.text ?? known?.text ?? null,
      diffs: content?.diffs ?? known?.diffs ?? [],
    });
  }

  #content(parts: readonly ToolContent[], known: Tool | undefined): { readonly text: string | null; readonly diffs: Tool['diffs'] } {
    const texts: string[] = [];
    const diffs: Tool['diffs'] = [];
    let room = maxTotalChars - [...this.#tools.values()].reduce((sum, tool) => sum + (tool === known ? 0 : sizeOf(tool)), 0);
    const take = (text: string, most: number): string => {
      const cut = text.slice(0, Math.max(0, Math.min(most, room)));
      room -= cut.length;
      return cut;
    };
    for (const part of parts) {
      if (part.type === 'content' && part.content.text !== undefined) texts.push(part.content.text);
      if (part.type === 'diff' && diffs.length < maxPlaces)
        diffs.push({
          path: part.path.slice(0, 500),
          oldText: part.oldText == null ? null : take(part.oldText, maxDiffChars),
          newText: take(part.newText, maxDiffChars),
        });
    }
    return { text: texts.length === 0 ? null : take(texts.join('\n').slice(-maxTextChars), maxTextChars), diffs };
  }
}

const sizeOf = (tool: Tool): number =>
  (tool.text?.length ?? 0) + tool.diffs.reduce((sum, { oldText, newText }) => sum + (oldText?.length ?? 0) + newText.length, 0);
