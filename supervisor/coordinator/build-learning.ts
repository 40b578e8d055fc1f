import { join } from 'node:path';
import type { Clock } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import type { ArmStore, CoordinatorConfig } from '../../core/coordinator/arm-store.js';
import { LogStore } from '../../core/coordinator/log-store.js';
import { SettingsStore } from '../../core/coordinator/settings-store.js';
import type { Redis } from '../../core/redis/connection.js';
import type { Keys } from '../../core/redis/keys.js';
import { DecisionArchive } from './decision-archive.js';
import { DecisionLog } from './decision-log.js';
import { Learning } from './learning.js';

export interface LearningParts {
  readonly arms: ArmStore;
  readonly redis: Redis;
  readonly keys: Keys;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly logger: Log;
  config(): CoordinatorConfig;
}

export function buildLearning({ dataDir, ...parts }: LearningParts): Learning {
  const { redis, keys, clock, logger } = parts;
  const log = new LogStore({ redis, keys });
  const archive = new DecisionArchive({ directory: join(dataDir, 'decisions'), log, clock, logger, keepDays: () => parts.config().keepDays });
  return new Learning({ ...parts, settings: new SettingsStore({ redis, keys }), log, archive, decisions: new DecisionLog({ archive, log }) });
}
