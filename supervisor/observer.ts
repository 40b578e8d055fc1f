import type { QueueView } from '../contract/state.js';
import type { ActivityLog } from './activity-log.js';
import { verdictNews } from './coordinator/verdict-news.js';
import type { Desk } from './desk.js';
import type { QueueBoards } from './queues/queue-boards.js';
import { placeOf } from './redis/redis-facts.js';
import type { RedisHost } from './redis/redis-host.js';
import type { StateStore } from './state/state-store.js';

export interface ObserverOptions {
  readonly state: StateStore;
  readonly activity: ActivityLog;
  readonly redis: RedisHost;
  readonly boards: QueueBoards;
  desk(): Desk | undefined;
}

const shownSessions = 200;

/** What only Redis knows: depths of the queues, who lives, what the coordinator has learned. */
export class Observer {
  readonly #options: ObserverOptions;
  #queues: Readonly<Record<string, QueueView>> = {};
  #answers = false;

  constructor(options: ObserverOptions) {
    this.#options = options;
  }

  /** As they were at the last look that succeeded. */
  get queues(): Readonly<Record<string, QueueView>> {
    return this.#queues;
  }

  /** Whether the last look succeeded. */
  get redisAnswers(): boolean {
    return this.#answers;
  }

  /** Its process has ended: nobody needs to ask to know. */
  redisIsGone(): void {
    this.#answers = false;
  }

  async look(): Promise<void> {
    const { desk, redis, state } = this.#options;
    const open = desk();
    if (open !== undefined && redis.view().state === 'running') {
      await this.#ask(open);
      const sessions = open.sessions.views();
      state.set('sessions', { total: sessions.length, items: sessions.slice(0, shownSessions) });
    }
    const about = state.state.about;
    if (about.redis.version !== redis.version) state.set('about', { ...about, redis: { ...about.redis, version: redis.version, address: placeOf(redis) } });
  }

  async #ask(open: Desk): Promise<void> {
    const { state, boards, activity } = this.#options;
    try {
      // All questions at once: the answers come in one go and wake us once.
      const [depths, coordinator] = await Promise.all([open.depths(() => 0), open.coordinator(), boards.look(open.connection)]);
      this.#queues = boards.counted(depths);
      this.#answers = true;
      state.set('queues', boards.boards(this.#queues));
      for (const news of verdictNews(state.state.coordinator, coordinator)) activity.add(news.severity, news.kind, 'coordinator', news.message);
      state.set('coordinator', coordinator);
    } catch {
      // Expected while Redis is away: health says so, and the last counts stay until it is back.
      this.#answers = false;
    }
  }
}
