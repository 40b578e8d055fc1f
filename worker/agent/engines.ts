import type { AgentSetup } from '../../contract/messages.js';
import type { Clock } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import type { Engine, ModeId } from './engine.js';
import type { KnowledgeLookup } from './knowledge/knowledge-engine.js';

export interface EnginesOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly timeZone: () => string;
  readonly setup: AgentSetup;
  readonly fetch?: typeof fetch;
}

/** Makes each engine when its mode is first used: a waiting agent of the pool holds none of them in memory. */
export class Engines {
  readonly #options: EnginesOptions;
  readonly #made = new Map<ModeId, Promise<Engine>>();
  #lookup: Promise<KnowledgeLookup> | undefined;

  constructor(options: EnginesOptions) {
    this.#options = options;
  }

  engine(mode: ModeId): Promise<Engine> {
    const made = this.#made.get(mode) ?? this.#make(mode);
    this.#made.set(mode, made);
    return made;
  }

  async #make(mode: ModeId): Promise<Engine> {
    const { clock, log, timeZone, setup, fetch } = this.#options;
    const tools = { clock, timeZone, folders: setup.files };
    if (mode === 'tools') return (await import('./tools/tools-engine.js')).createToolsEngine(tools);
    if (mode === 'knowledge') return (await import('./knowledge/knowledge-engine.js')).createKnowledgeEngine(await this.#knowledge());
    const { createNpcEngine } = await import('./npc/npc-engine.js');
    return createNpcEngine({
      clock,
      log,
      providers: setup.providers,
      tools: async () => (await import('./tools/tools-engine.js')).createToolsAnswer(tools, { whole: true }),
      lookup: () => this.#knowledge(),
      ...(fetch === undefined ? {} : { fetch }),
    });
  }

  /** One index for `knowledge` and for questions that `npc` hands over. */
  #knowledge(): Promise<KnowledgeLookup> {
    this.#lookup ??= Promise.all([import('./knowledge/knowledge-index.js'), import('./knowledge/knowledge-engine.js')]).then(
      ([{ KnowledgeIndex }, { createKnowledgeLookup }]) =>
        createKnowledgeLookup(new KnowledgeIndex({ folders: this.#options.setup.knowledge, clock: this.#options.clock })),
    );
    return this.#lookup;
  }
}
