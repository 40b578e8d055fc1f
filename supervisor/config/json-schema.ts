import { z } from 'zod';
import { configSchema } from '../../contract/config.js';

export interface JsonNode {
  readonly properties?: Readonly<Record<string, JsonNode>>;
  readonly additionalProperties?: JsonNode | boolean;
  readonly items?: JsonNode;
  readonly anyOf?: readonly JsonNode[];
  readonly [key: string]: unknown;
}

/** The JSON Schema of `roost.yaml` as a person writes it: every key with a default may be left out. */
export const configJsonSchema = (): JsonNode => z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }) as JsonNode;

/** What an editor reads to complete and check `roost.yaml`; ships as `assets/roost.schema.json`. */
export const schemaFileText = (): string => `${JSON.stringify({ ...configJsonSchema(), title: 'roost.yaml' }, null, 2)}\n`;

/** The node at one place of the config; free-form maps and lists contribute their value's shape. */
export function nodeAt(node: JsonNode | undefined, step: string): JsonNode | undefined {
  const here = node?.properties?.[step] ?? (typeof node?.additionalProperties === 'object' ? node.additionalProperties : node?.items);
  return here ?? node?.anyOf?.map((choice) => nodeAt(choice, step)).find((found) => found !== undefined);
}

/** Names allowed at one place of the config. */
export function knownKeys(path: readonly string[]): string[] {
  let node: JsonNode | undefined = configJsonSchema();
  for (const step of path) node = nodeAt(node, step);
  return [node, ...(node?.anyOf ?? [])].flatMap((one) => Object.keys(one?.properties ?? {}));
}
