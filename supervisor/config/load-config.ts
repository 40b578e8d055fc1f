import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { type Config, configSchema } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import { nearestName } from './nearest-name.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A file larger than this is no config someone wrote. */
const maxConfigBytes = 1_048_576;

/**
 * Reads `roost.yaml`. A missing file is the default stack when `required` is false.
 * Throws RoostError `config-invalid` whose message names the file, the key, what came and what is wanted.
 */
export async function loadConfig(options: { readonly file: string; readonly required: boolean; readonly env: Environment }): Promise<Config> {
  let text: string;
  try {
    text = await readFile(options.file, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (missing && !options.required) return applyEnvironment(parseConfig('', options.file, options.env), options.env);
    throw new RoostError(
      'config-invalid',
      missing ? `There is no config file at ${options.file}.` : `The config file ${options.file} cannot be read: ${(error as Error).message}`,
      { cause: error },
    );
  }
  return applyEnvironment(parseConfig(text, options.file, options.env), options.env);
}

/** Text to Config; pure. An empty text is a full working stack. */
export function parseConfig(text: string, file: string, env: Environment): Config {
  if (text.length > maxConfigBytes) throw invalid(file, `is ${text.length} characters long; more than ${maxConfigBytes} is not a config`);
  const document = parseDocument(text.replace(/^\uFEFF/, ''), { uniqueKeys: true, maxAliasCount: 50 } as object);
  const problem = document.errors[0];
  if (problem !== undefined) throw invalid(file, problem.message.split('\n')[0] ?? 'is not YAML');
  const raw: unknown = document.toJS({ maxAliasCount: 50 }) ?? {};
  if (typeof raw !== 'object' || Array.isArray(raw))
    throw invalid(file, `must hold keys and values at the top, got ${Array.isArray(raw) ? 'a list' : typeof raw}`);
  const parsed = configSchema.safeParse(expand(raw, env, file));
  if (!parsed.success) throw invalid(file, describeIssue(parsed.error));
  const config = parsed.data;
  if (!(config.pool.template in config.templates)) {
    throw invalid(file, `pool.template is ${JSON.stringify(config.pool.template)}, but templates has only ${Object.keys(config.templates).join(', ')}`);
  }
  if (Object.keys(config.coordinator.arms).length === 0) throw invalid(file, 'coordinator.arms must name at least one arm');
  const consumed = new Set(Object.values(config.workers).flatMap((worker) => worker.queues));
  for (const queue of ['turns', 'coach'] as const) {
    if (!consumed.has(queue)) throw invalid(file, `no worker consumes the queue ${queue}: its jobs would wait for ever; add it to the queues of a worker`);
  }
  return config;
}

/** Values from the environment win over the file: they are what a person typed last. */
function applyEnvironment(config: Config, env: Environment): Config {
  const url = env['REDIS_URL'];
  return {
    ...config,
    ...(url === undefined || url === '' ? {} : { redis: { ...config.redis, mode: 'external' as const, url } }),
  };
}

const invalid = (file: string, what: string): RoostError => new RoostError('config-invalid', `${file}: ${what}`);

/** `${NAME}` in any string becomes the variable; `$${` stays a literal `${`. */
function expand(value: unknown, env: Environment, file: string): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$?\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (match, name: string) => {
      if (match.startsWith('$$')) return match.slice(1);
      const found = env[name];
      if (found === undefined) throw invalid(file, `uses \${${name}}, but the environment has no ${name}`);
      return found;
    });
  }
  if (Array.isArray(value)) return value.map((item) => expand(item, env, file));
  if (value !== null && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, expand(inner, env, file)]));
  return value;
}

function describeIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'is not a valid config';
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    const near = nearestName(key, knownKeys(issue.path.map(String)));
    return `unknown key ${JSON.stringify(path === '' ? key : `${path}.${key}`)}${near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`}`;
  }
  return `${path === '' ? 'the config' : path} ${issue.message.replace(/^Invalid input: expected (\w+), received (\w+)$/, 'must be $1, got $2')}`;
}

/** Names allowed at one place of the config, found in its JSON Schema; free-form maps contribute their value's shape. */
function knownKeys(path: readonly string[]): string[] {
  let node: JsonNode | undefined = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }) as JsonNode;
  for (const step of path) node = node?.properties?.[step] ?? (typeof node?.additionalProperties === 'object' ? node.additionalProperties : undefined);
  return Object.keys(node?.properties ?? {});
}

interface JsonNode {
  readonly properties?: Readonly<Record<string, JsonNode>>;
  readonly additionalProperties?: JsonNode | boolean;
}
