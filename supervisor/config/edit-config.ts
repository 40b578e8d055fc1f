import { isDeepStrictEqual } from 'node:util';
import { type Document, isAlias, isMap, isScalar, parseDocument, type YAMLMap } from 'yaml';
import { RoostError } from '../../contract/errors.js';

/** One change of the config file: what is to stand at a place; undefined takes the key away, null is YAML's null. */
export interface ConfigEdit {
  readonly path: readonly string[];
  readonly value: unknown;
}

const parse = (text: string): Document => parseDocument(text.replace(/^\uFEFF/, ''), { uniqueKeys: true, maxAliasCount: 50 } as object);

/**
 * The text of `roost.yaml` with some entries changed. Comments, order and everything else stay; of a changed entry, too,
 * the keys that keep their value. Throws `conflict` where the file says it in a way that only a person can change.
 */
export function editedText(text: string, edits: readonly ConfigEdit[]): string {
  const document = parse(text);
  if (document.errors[0] !== undefined) throw new RoostError('config-invalid', `The config file is not in order: ${document.errors[0].message.split('\n')[0]}`);
  if (document.contents === null) {
    // A file of nothing but comments keeps them on top.
    const { commentBefore, comment } = document;
    document.contents = document.createNode({}) as unknown as typeof document.contents;
    document.commentBefore = [commentBefore, comment].filter(Boolean).join('\n') || null;
    document.comment = null;
  }
  for (const { path, value } of edits) apply(document, path, value);
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

/** Asked every second for a text that changes once a week. */
let last: { readonly text: string; readonly raw: unknown } | undefined;

function rawOf(text: string): unknown {
  if (last?.text !== text) last = { text, raw: parse(text).toJS({ maxAliasCount: 50 }) };
  return last.raw;
}

/** What one section of the text holds, as written: nothing looked up, nothing filled in. */
export function rawSection(text: string, section: string): Readonly<Record<string, unknown>> {
  const raw = rawOf(text);
  const found = typeof raw === 'object' && raw !== null && section in raw ? (raw as Record<string, unknown>)[section] : undefined;
  return typeof found === 'object' && found !== null && !Array.isArray(found) ? (found as Record<string, unknown>) : {};
}

function apply(document: Document, path: readonly string[], value: unknown): void {
  let at: unknown = document.contents;
  for (const [depth, key] of path.entries()) {
    const map = mapAt(at, path.slice(0, depth));
    const last = depth === path.length - 1;
    if (last) {
      put(document, map, key, value);
      return;
    }
    const inner = map.get(key, true);
    if (inner === undefined || inner === null || (inner as { value?: unknown }).value === null) {
      if (value === undefined) return;
      map.set(key, document.createNode({}));
    }
    at = map.get(key, true);
  }
}

function mapAt(node: unknown, path: readonly string[]): YAMLMap {
  if (isMap(node)) return node;
  const place = path.length === 0 ? 'The config file' : path.join('.');
  throw new RoostError('conflict', `${place} ${isAlias(node) ? 'is an alias (*)' : 'holds no keys'} in the config file: change it there by hand.`);
}

function put(document: Document, map: YAMLMap, key: string, value: unknown): void {
  if (value === undefined) {
    map.delete(key);
    return;
  }
  const before = map.get(key, true);
  if (isAlias(before)) throw new RoostError('conflict', `${key} is an alias (*) in the config file: change it there by hand.`);
  if (isMap(before) && isPlain(value)) {
    if (before.has('<<')) throw new RoostError('conflict', `${key} takes over keys of another entry (<<) in the config file: change it there by hand.`);
    for (const name of before.items.map((pair) => String((pair.key as { value?: unknown })?.value ?? pair.key))) if (!(name in value)) before.delete(name);
    for (const [name, inner] of Object.entries(value)) put(document, before, name, inner);
    return;
  }
  const known = before === undefined || before === null ? undefined : (before as { toJS?: (doc: Document) => unknown }).toJS?.(document);
  if (before !== undefined && isDeepStrictEqual(known, value)) return;
  const node = document.createNode(value);
  // What a person wrote beside the old value still speaks of this key.
  if (isScalar(before) && isScalar(node))
    Object.assign(node, { comment: before.comment, commentBefore: before.commentBefore, spaceBefore: before.spaceBefore });
  map.set(key, node);
}

const isPlain = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
