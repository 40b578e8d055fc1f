import type { RedisAddress } from '../../contract/messages.js';
import type { ProcessView } from '../../contract/state.js';
import type { RedisProduct } from './version-floor.js';

/** The Redis that Roost works with, whoever runs it. */
export interface RedisHost {
  readonly mode: 'managed' | 'external';
  /** Of the server, once it has answered. */
  readonly version: string | null;
  readonly product: RedisProduct;
  /** What is known of holes in its release; null when none are. */
  readonly versionNote: string | null;
  /** It lives and answers but refuses work; null while all is well or while it is not running. */
  readonly trouble: { readonly code: 'loading' | 'busy' | 'disk-full' | 'memory-full' | 'eviction'; readonly message: string } | null;
  /** It refuses to start until a person says what is to become of its data. */
  readonly needsRecovery: boolean;
  start(): void;
  /** For the end of Roost: no start follows. */
  stop(why: string): Promise<void>;
  /** For queues, sessions and workers. Rejects with `redis-unavailable` while it is not known. */
  address(): RedisAddress;
  /** The same server with all rights; stays inside the supervisor. */
  adminAddress(): RedisAddress;
  view(): ProcessView;
  /** Memory and CPU as measured from outside; nothing to note for a server that is not ours. */
  setUsage(usage: { readonly rssBytes: number | null; readonly cpuPercent: number | null }): void;
  onChange(listener: () => void): () => void;
  /** Every time it begins to serve: at the start and after each outage that ended its process. */
  onReady(listener: () => void): () => void;
}
