import type { Incident } from '../../contract/state.js';
import type { Clock } from '../../core/base/clock.js';
import { call, type Redis } from '../../core/redis/connection.js';
import { parse } from './incident-file.js';

export const keptIncidents = 200;

/** Takes the older text of this incident out, puts the new one in front and cuts the list: in one step, since nodes may share it. */
const putScript = `
local items = redis.call('LRANGE', KEYS[1], 0, 49)
for _, text in ipairs(items) do
  local ok, item = pcall(cjson.decode, text)
  if ok and type(item) == 'table' and item.id == ARGV[1] then redis.call('LREM', KEYS[1], 1, text) end
end
redis.call('LPUSH', KEYS[1], ARGV[2])
redis.call('LTRIM', KEYS[1], 0, tonumber(ARGV[3]) - 1)
return 1`;

/** The bounded list of incidents in Redis, where other programs may read it. */
export class IncidentList {
  readonly #clock: Clock;
  readonly #key: string;

  constructor(options: { readonly clock: Clock; readonly key: string }) {
    this.#clock = options.clock;
    this.#key = options.key;
  }

  async put(redis: Redis, incident: Incident): Promise<void> {
    await call(this.#clock, redis.eval(putScript, 1, this.#key, incident.id, JSON.stringify(incident), keptIncidents));
  }

  async read(redis: Redis): Promise<readonly Incident[]> {
    return (await call(this.#clock, redis.lrange(this.#key, 0, keptIncidents - 1))).flatMap((text) => parse(text) ?? []);
  }
}
