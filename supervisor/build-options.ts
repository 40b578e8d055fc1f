import { join } from 'node:path';
import type { Config } from '../contract/config.js';
import type { AgentSetup } from '../contract/messages.js';
import type { About, Reason } from '../contract/state.js';
import type { Clock, Random } from '../core/base/clock.js';
import type { Log } from '../core/base/log.js';
import type { Secrets } from '../core/base/secrets.js';
import type { DataDir } from './data-dir.js';
import type { LoginDoor } from './login-door.js';
import type { Spawner } from './process/types.js';

/** What a door hands to the core it builds. */
export interface BuildOptions {
  readonly door: 'headless' | 'desktop';
  readonly dataDir: string;
  /** Default: `roost.yaml` in the data directory, where it may be missing. */
  readonly configFile: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the built programs `queue-worker.js` and `agent.js` lie. */
  readonly entryDir: string;
  /** Where the files that ship with Roost lie: `knowledge/`, icons, a bundled Redis. */
  readonly resourcesDir: string;
  /** Default: plain Node child processes. */
  readonly spawner?: Spawner;
  readonly log: Log;
  /** Shared with the door, which knows the token of the API and frees its own log of them. */
  readonly secrets?: Secrets;
  readonly clock: Clock;
  readonly random: Random;
  readonly version: string;
  /** What a person should know about where this Roost runs from. */
  readonly notes?: readonly Reason[];
  /** Default: nobody logs in here. */
  readonly login?: LoginDoor;
}

export function aboutOf(config: Config, options: BuildOptions, dataDir: DataDir): About {
  return {
    version: options.version,
    node: dataDir.node,
    door: options.door,
    platform: process.platform,
    dataDir: dataDir.path,
    apiUrl: null,
    redis: { mode: config.redis.mode, version: null, address: null },
    startedAtMs: options.clock.wallMs(),
    templates: Object.keys(config.templates),
  };
}

export function agentSetupOf(config: Config, options: BuildOptions, dataDir: DataDir): AgentSetup {
  return {
    knowledge: [join(options.resourcesDir, 'knowledge'), join(dataDir.path, 'knowledge'), ...config.agent.knowledge],
    files: config.agent.files,
    providers: config.providers.map(({ name, baseUrl, model, timeout, apiKey }) => ({
      name,
      baseUrl,
      model,
      ...(apiKey === undefined ? {} : { apiKey }),
      timeoutMs: timeout,
    })),
  };
}
