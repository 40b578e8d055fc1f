/** What the benchmark needs of the product, in one file for plain Node. */

export { configSchema } from '../../contract/config.js';
export { systemClock } from '../../core/base/clock.js';
export { silentLog } from '../../core/base/log.js';
export { ArmStore } from '../../core/coordinator/arm-store.js';
export { plan } from '../../core/coordinator/decide.js';
export { LogStore } from '../../core/coordinator/log-store.js';
export { connect } from '../../core/redis/connection.js';
export { keysFor } from '../../core/redis/keys.js';
