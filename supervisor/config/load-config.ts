import { type Document, parseDocument } from 'yaml';
import type { z } from 'zod';
import { type Config, configSchema } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import { serviceOn } from '../../contract/services.js';
import { problemOf } from '../../contract/validation.js';
import { faultOfSchedules, knownOf } from '../schedules/check.js';
import { builtinDependencies, dependencyFault } from '../services/order.js';
import { faultOfWatches } from '../watch/check.js';
import { knownKeys } from './json-schema.js';
import { nearestName } from './nearest-name.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A file larger than this is no config someone wrote. */
const maxConfigBytes = 1_048_576;
const maxDepth = 64;
/** What only the library words; the others are our own sentences. */
const worded: ReadonlySet<string> = new Set(['invalid_type', 'invalid_value', 'too_small', 'too_big', 'not_multiple_of', 'invalid_union']);

/** Text to Config; pure. An empty text is a full working stack. */
export function parseConfig(text: string, file: string, env: Environment): Config {
  if (text.length > maxConfigBytes) throw invalid(file, `is ${text.length} characters long; more than ${maxConfigBytes} is not a config`);
  const document = parseDocument(text.replace(/^\uFEFF/, ''), { uniqueKeys: true, maxAliasCount: 50 } as object);
  const problem = document.errors[0];
  if (problem !== undefined) throw invalid(file, problem.message.split('\n')[0]?.replace(/:$/, '') ?? 'is not YAML');
  const raw = plain(document, file) ?? {};
  if (typeof raw !== 'object' || Array.isArray(raw))
    throw invalid(file, `must hold keys and values at the top, got ${Array.isArray(raw) ? 'a list' : typeof raw}`);
  const parsed = configSchema.safeParse(expand(raw, env, file));
  // What came is quoted as it stands in the file: a variable may hold a secret.
  if (!parsed.success) throw invalid(file, describeIssue(parsed.error, raw));
  const config = parsed.data;
  if (!Object.hasOwn(config.templates, config.pool.template)) {
    throw invalid(file, `pool.template is ${JSON.stringify(config.pool.template)}, but templates has only ${Object.keys(config.templates).join(', ')}`);
  }
  if (config.templates[config.pool.template]?.warm !== undefined)
    throw invalid(file, `templates.${config.pool.template}.warm cannot be set: this is the template of the pool, whose warm agents are pool.size`);
  if (Object.keys(config.coordinator.arms).length === 0) throw invalid(file, 'coordinator.arms must name at least one arm');
  checkDependencies(config, file);
  const fault = faultOfSchedules(
    config.schedules,
    knownOf(() => config),
    { strangeHandlers: config.handlers.folder !== undefined },
  );
  if (fault !== undefined) throw invalid(file, fault);
  const watchFault = faultOfWatches(config);
  if (watchFault !== undefined) throw invalid(file, watchFault);
  const consumed = new Set(Object.values(config.workers).flatMap((worker) => worker.queues));
  for (const [handler, queue] of Object.entries(config.handlers.routes)) {
    if (!consumed.has(queue))
      throw invalid(file, `handlers.routes sends ${handler} to the queue ${queue}, which no worker consumes; add it to the queues of a worker`);
  }
  return config;
}

/** The library stops where few lines stand for millions of values. */
function plain(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 50 });
  } catch (error) {
    if (error instanceof ReferenceError) throw invalid(file, 'repeats parts of itself (&name, *name) more often than a config needs to');
    throw error;
  }
}

/** On every system, since the sections of each may name other dependencies. */
function checkDependencies(config: Config, file: string): void {
  const entries = Object.entries(config.services);
  for (const platform of ['linux', 'darwin', 'win32']) {
    const fault = dependencyFault(Object.fromEntries(entries.map(([name, entry]) => [name, serviceOn(platform, entry)])));
    if (fault?.kind === 'cycle') throw invalid(file, `services wait for each other and none could ever start: ${fault.path.join(' -> ')}`);
    if (fault?.kind === 'unknown') {
      const near = nearestName(fault.dependency, [...Object.keys(config.services), ...builtinDependencies]);
      const hint =
        near === undefined ? `known are ${[...builtinDependencies, ...Object.keys(config.services)].join(', ')}` : `did you mean ${JSON.stringify(near)}?`;
      throw invalid(file, `services.${fault.service}.dependsOn names ${JSON.stringify(fault.dependency)}, which is no service; ${hint}`);
    }
  }
}

/** Values from the environment win over the file: they are what a person typed last. */
export function applyEnvironment(config: Config, env: Environment): Config {
  const url = env['REDIS_URL'];
  return {
    ...config,
    ...(url === undefined || url === '' ? {} : { redis: { ...config.redis, mode: 'external' as const, url } }),
  };
}

export const invalid = (file: string, what: string): RoostError => new RoostError('config-invalid', `${file}: ${what}`);

/** `${NAME}` in any string becomes the variable; `$${` stays a literal `${`. */
export function expand(value: unknown, env: Environment, file: string, depth = 0): unknown {
  if (depth > maxDepth) throw invalid(file, `is nested deeper than ${maxDepth} levels, or holds itself (&name, *name)`);
  if (typeof value === 'string') {
    return value.replace(/\$?\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (match, name: string) => {
      if (match.startsWith('$$')) return match.slice(1);
      const found = env[name];
      if (found === undefined) throw invalid(file, `uses \${${name}}, but the environment has no ${name}`);
      return found;
    });
  }
  if (Array.isArray(value)) return value.map((item) => expand(item, env, file, depth + 1));
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, expand(inner, env, file, depth + 1)]));
  return value;
}

function describeIssue(error: z.ZodError, values: unknown): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'is not a valid config';
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    const near = nearestName(key, knownKeys(issue.path.map(String)));
    return `unknown key ${JSON.stringify(path === '' ? key : `${path}.${key}`)}${near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`}`;
  }
  // A record's own message says only that a key is wrong; why is one level down.
  const message = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  if (worded.has(issue.code) && /^(Invalid|Too) /.test(message)) return problemOf(error, values, 'the config').message;
  return `${path === '' ? 'the config' : path} ${message}`;
}
