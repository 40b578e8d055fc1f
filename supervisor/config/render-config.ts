import { stringify } from 'yaml';
import type { Config } from '../../contract/config.js';
import { formatBytes, formatDuration, unitMark } from '../../contract/quantities.js';
import { configJsonSchema, type JsonNode, nodeAt } from './json-schema.js';

const hidden = '(hidden)';

/** The settings in force with every default, in the notation of the file. Secrets are not shown. */
export const renderConfig = (config: Config): string => stringify(written(config, configJsonSchema(), []), { lineWidth: 0 });

function written(value: unknown, node: JsonNode | undefined, path: readonly string[]): unknown {
  if (typeof value === 'number') {
    if (node?.[unitMark] === 'duration') return formatDuration(value);
    return node?.[unitMark] === 'bytes' ? formatBytes(value) : value;
  }
  if (typeof value === 'string') return isSecret(path) ? hidden : literally(withoutPassword(value));
  if (Array.isArray(value)) return value.map((item, index) => written(item, nodeAt(node, String(index)), [...path, String(index)]));
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(entries.map(([key, inner]) => [key, written(inner, nodeAt(node, key), [...path, key])]));
}

/** Keys and whatever a person hands to a program by its environment. */
const isSecret = (path: readonly string[]): boolean => path.at(-1) === 'apiKey' || path.at(-2) === 'env';

const withoutPassword = (text: string): string => text.replace(/^([a-z][a-z0-9+.-]*:\/\/[^/@:]*):[^@/]*@/i, `$1:${hidden}@`);

/** Read back as it is, not as the name of a variable. */
const literally = (text: string): string => text.replaceAll('${', () => '$${');
