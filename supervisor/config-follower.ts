import type { ActivityLog } from './activity-log.js';
import { describeDiff } from './config/config-diff.js';
import type { ConfigChange, ConfigSource } from './config/config-source.js';
import type { WarmPool } from './pool/warm-pool.js';
import { placedServices } from './services/placed.js';
import type { Services } from './services/services.js';
import type { WorkerFleet } from './workers/worker-fleet.js';

export interface ConfigFollowerOptions {
  readonly source: ConfigSource;
  readonly pool: Pick<WarmPool, 'resize' | 'replan' | 'renewIdle' | 'dropTemplates'>;
  readonly workers: Pick<WorkerFleet, 'apply' | 'tellSettings'>;
  readonly services: Pick<Services, 'apply'>;
  readonly activity: ActivityLog;
  readonly platform: string;
  /** After everything was told: what the screen shows has to follow. */
  changed(): void;
}

/** Takes an edit of the config to what runs: only what changed is touched, and every edit leaves a line in the activity list. */
export class ConfigFollower {
  readonly #options: ConfigFollowerOptions;
  #offs: (() => void)[] = [];

  constructor(options: ConfigFollowerOptions) {
    this.#options = options;
  }

  start(): void {
    const { source, activity, changed } = this.#options;
    const unusable = (problem: string): void => activity.add('warning', 'config-invalid', 'roost', `The config was not taken over: ${problem}`);
    const exposed = (warning: string): void => activity.add('warning', 'config-writable', 'roost', warning);
    if (source.problem !== null) unusable(source.problem);
    for (const warning of [source.access.mended, source.access.exposed]) if (warning !== null) exposed(warning);
    this.#offs = [
      source.onWarning((warning) => {
        exposed(warning);
        changed();
      }),
      source.onChange((change) => this.#follow(change)),
      source.onProblem((problem) => {
        unusable(problem);
        changed();
      }),
    ];
    source.start();
  }

  async stop(): Promise<void> {
    for (const off of this.#offs) off();
    await this.#options.source.stop();
  }

  #follow({ diff, config, repaired }: ConfigChange): void {
    const { source, pool, workers, services, activity, platform, changed } = this.#options;
    const { templates } = diff;
    // New templates must be known before anything is started from them.
    if (diff.poolSize !== undefined) pool.resize(diff.poolSize);
    if (templates.removed.length > 0) pool.dropTemplates(templates.removed);
    if (templates.changed.length > 0) pool.renewIdle((template) => templates.changed.includes(template), 'its template has changed');
    if (diff.agentSetup) pool.renewIdle((template) => config.templates[template]?.builtin === true, 'the settings of the built-in agent have changed');
    if (diff.poolRules || templates.added.length > 0) pool.replan();
    if (diff.live.includes('coordinator') || diff.live.includes('turns')) workers.tellSettings();
    workers.apply(diff.workers);
    // By comparison with what runs: a directory of the file that moved changes a service, too.
    void services.apply(placedServices(config.services, source.file, platform));
    const parts = describeDiff(diff);
    const what = parts.length === 0 ? 'nothing that matters has changed' : parts.join('; ');
    const severity = diff.needsRestart.length > 0 ? 'warning' : 'info';
    activity.add(severity, 'config-read', 'roost', `${repaired ? 'The config is in order again' : 'The config was read again'}: ${what}.`);
    changed();
  }
}
