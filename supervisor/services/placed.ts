import { dirname, resolve } from 'node:path';
import type { Config } from '../../contract/config.js';
import { serviceOn } from '../../contract/services.js';
import type { PlacedService } from './services.js';

/** The services of the config on this system; a relative working directory is relative to the config file. */
export function placedServices(services: Config['services'], configFile: string, platform: string): Map<string, PlacedService> {
  const base = dirname(resolve(configFile));
  return new Map(
    Object.entries(services).map(([name, entry]) => {
      const config = serviceOn(platform, entry);
      return [name, { config, cwd: resolve(base, config.cwd ?? '.') }];
    }),
  );
}
