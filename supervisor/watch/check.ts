import { type Config, queuesOf } from '../../contract/config.js';
import { handlerSpecs } from '../../contract/handlers.js';
import { nearestName } from '../config/nearest-name.js';

const known = (typed: string, names: readonly string[]): string => {
  const near = nearestName(typed, names);
  return near === undefined ? `known are ${names.join(', ')}` : `did you mean ${JSON.stringify(near)}?`;
};

/** What of the drop folders could never work, as a sentence; undefined when nothing is wrong. Own handlers are known only while running. */
export function faultOfWatches(config: Pick<Config, 'watch' | 'handlers' | 'workers' | 'queues'>): string | undefined {
  const queues = queuesOf(config);
  for (const [name, watch] of Object.entries(config.watch)) {
    if (handlerSpecs[watch.handler] === undefined && config.handlers.folder === undefined)
      return `watch.${name}.handler is ${JSON.stringify(watch.handler)}, which is no handler; ${known(watch.handler, Object.keys(handlerSpecs))}`;
    if (watch.queue !== undefined && !queues.includes(watch.queue))
      return `watch.${name}.queue is ${JSON.stringify(watch.queue)}, which is no queue; ${known(watch.queue, queues)}`;
    if (watch.queue === 'turns' || watch.queue === 'coach') return `watch.${name}.queue must not be ${watch.queue}: its jobs are made by Roost itself`;
  }
  return undefined;
}
