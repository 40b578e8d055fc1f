import { join } from 'node:path';
import { RoostError } from '../../contract/errors.js';
import type { logMethods } from '../../contract/log-methods.js';
import { momentMs } from '../../contract/moments.js';
import type { Handlers } from '../core.js';
import type { HandlerParts } from '../handler-parts.js';
import { matches, searchLog } from '../process/log-search.js';

/** Serves what contract/log-methods.ts names. `nameOf` gives the name under which a process that lives writes its log. */
export function logHandlers(parts: HandlerParts, nameOf: (name: string) => string | undefined): Pick<Handlers, keyof typeof logMethods> {
  const { clock, launcher, logs } = parts;
  return {
    'process.logs': async ({ name, lines: limit, afterSeq, waitMs, search, since, until }, signal) => {
      const nowMs = clock.wallMs();
      const query = { search, sinceMs: wall(since, nowMs), untilMs: wall(until, nowMs) };
      if (query.sinceMs !== undefined && query.untilMs !== undefined && query.sinceMs > query.untilMs)
        throw new RoostError('bad-request', 'until must not be before since.', { field: 'until' });
      const present = nameOf(name);
      if (present === undefined) {
        // An agent that is gone has left its log.
        const left = await searchLog(join(logs.dir, `${name}.log`), { ...query, limit }, { clock });
        if (left.lines.length === 0) throw new RoostError('not-found', `There is no process named ${name}; see the list of processes.`, { field: 'name' });
        return { ...left, lines: [...left.lines], dropped: 0, lastSeq: 0 };
      }
      const tail = launcher.logFor(present);
      if (waitMs > 0 && afterSeq !== undefined) await tail.waitFor(afterSeq, waitMs, signal);
      const lastSeq = tail.read(1).at(-1)?.seq ?? 0;
      const asked = search !== undefined || query.sinceMs !== undefined || query.untilMs !== undefined;
      if (!asked) return { lines: [...tail.read(limit, afterSeq)], dropped: tail.dropped, lastSeq, truncated: false };
      if (afterSeq !== undefined) {
        const fresh = tail.read(5_000, afterSeq).filter((line) => matches(query, line));
        return { lines: fresh.slice(-limit), dropped: tail.dropped, lastSeq, truncated: fresh.length > limit };
      }
      await logs.flush();
      const found = await searchLog(join(logs.dir, `${present}.log`), { ...query, limit }, { clock });
      return { lines: [...found.lines], dropped: tail.dropped, lastSeq, truncated: found.truncated };
    },
  };
}

const wall = (moment: string | undefined, nowMs: number): number | undefined => (moment === undefined ? undefined : momentMs(moment, nowMs));
