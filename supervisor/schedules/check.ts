import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../../contract/config.js';
import { defaultSchedules, type ScheduleConfig, type SchedulesConfig, schedulesSchema } from '../../contract/config-schedules.js';
import { RoostError } from '../../contract/errors.js';
import { type HandlerSpec, handlerSpecs } from '../../contract/handlers.js';
import { problemOf } from '../../contract/validation.js';
import { checkJobData } from '../../core/jobs/job-data.js';
import { nearestName } from '../config/nearest-name.js';
import { nextAfter, type Rule, ruleOf } from './time/rule.js';

/** What a schedule may name. */
export interface Known {
  handler(name: string): HandlerSpec | undefined;
  handlers(): readonly string[];
  queues(): readonly string[];
}

export interface Checked {
  readonly rule: Rule;
  readonly queue: string;
}

/** Queues whose jobs Roost makes itself. */
const ownQueues = ['turns', 'coach'];

/** From any day on: a rule that finds no date in nine years finds none at all. */
const someDayMs = Date.UTC(2026, 0, 1);

const refuse = (field: string, message: string): RoostError => new RoostError('bad-request', message, { field });
const hint = (typed: string, known: readonly string[]): string => {
  const near = nearestName(typed, known);
  return near === undefined ? (known.length === 0 ? 'there is none yet' : `there are ${known.join(', ')}`) : `did you mean ${JSON.stringify(near)}?`;
};

/**
 * Everything that could keep a schedule from running, found before its time comes: the rule, the handler, the way to a
 * queue, the data. Throws `bad-request` with `field`. The same for the config file, for an edit and at the start.
 */
export function checkSchedule(config: ScheduleConfig, known: Known): Checked {
  const rule = ruleOf({ cron: config.cron, everyMs: config.every, tz: config.tz });
  if (nextAfter(rule, someDayMs) === undefined) throw refuse('cron', 'cron names no date that comes within nine years');
  const spec = known.handler(config.handler);
  if (spec === undefined)
    throw refuse('handler', `handler must name what runs, got ${JSON.stringify(config.handler.slice(0, 60))}; ${hint(config.handler, known.handlers())}`);
  const queue = config.queue ?? spec.queue;
  const queues = known.queues().filter((name) => !ownQueues.includes(name));
  if (!queues.includes(queue)) throw refuse('queue', `queue must be one that a worker consumes, got ${JSON.stringify(queue)}; ${hint(queue, queues)}`);
  checkJobData(config.data);
  const parsed = spec.data.safeParse(config.data);
  if (!parsed.success) {
    const problem = problemOf(parsed.error, config.data, `data for the handler ${config.handler}`);
    throw refuse(problem.field === undefined ? 'data' : `data.${problem.field}`, problem.field === undefined ? problem.message : `data.${problem.message}`);
  }
  return { rule, queue };
}

/** Untouched by the file: such a schedule tells its own faults and must not keep the file from loading. */
const isDefault = (name: string, config: ScheduleConfig): boolean => name in defaultSchedules && isDeepStrictEqual(config, schedulesSchema.parse({})[name]);

/** Of a whole config: the first fault with its schedule. `strangeHandlers`: those that are not known here may come from the operator's own folder. */
export function faultOfSchedules(schedules: SchedulesConfig, known: Known, options: { readonly strangeHandlers: boolean }): string | undefined {
  for (const [name, config] of Object.entries(schedules)) {
    if (isDefault(name, config)) continue;
    try {
      checkSchedule(config, known);
    } catch (error) {
      if (!(error instanceof RoostError)) throw error;
      if (options.strangeHandlers && error.field === 'handler') continue;
      return `schedules.${name}: ${error.message}`;
    }
  }
  return undefined;
}

type Section = Pick<Config, 'workers' | 'queues' | 'handlers'>;

/** What runs where. `catalogue` knows the operator's own handlers, too; without it only those that ship are known. */
export function knownOf(config: () => Section, catalogue?: { get(name: string): HandlerSpec | undefined; readonly specs: readonly HandlerSpec[] }): Known {
  const shipped = (name: string): HandlerSpec | undefined => {
    const spec = Object.hasOwn(handlerSpecs, name) ? handlerSpecs[name] : undefined;
    const queue = spec === undefined ? undefined : config().handlers.routes[name];
    return spec === undefined || queue === undefined ? spec : { ...spec, queue };
  };
  return {
    handler: (name) => (catalogue === undefined ? shipped(name) : catalogue.get(name)),
    handlers: () => (catalogue === undefined ? Object.keys(handlerSpecs) : catalogue.specs.map((spec) => spec.name)),
    // Those that a worker here consumes, or that the config names for workers elsewhere.
    queues: () => [...new Set([...Object.values(config().workers).flatMap((worker) => worker.queues), ...Object.keys(config().queues)])],
  };
}
