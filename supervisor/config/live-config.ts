import type { Config } from '../../contract/config.js';

/** Every section as a getter: whoever holds this object reads the present value without asking for it. */
export function liveConfig(current: () => Config): Config {
  const live = {};
  for (const section of Object.keys(current())) {
    Object.defineProperty(live, section, { enumerable: true, get: () => current()[section as keyof Config] });
  }
  return live as Config;
}
