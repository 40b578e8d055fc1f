/** What the literal subset of Python can say; a call keeps its name, anything else its text. Nothing is ever run. */
export type PyValue =
  | null
  | boolean
  | number
  | string
  | readonly PyValue[]
  | PyDict
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly PyValue[]; readonly named: Readonly<Record<string, PyValue>> }
  | { readonly kind: 'strange'; readonly text: string };
export interface PyDict {
  readonly kind: 'dict';
  readonly entries: readonly (readonly [PyValue, PyValue])[];
}
export type PyCall = Extract<PyValue, { kind: 'call' }>;

export const isDict = (value: PyValue | undefined): value is PyDict => typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'dict';
export const isCall = (value: PyValue | undefined): value is PyCall => typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'call';

/** As JSON would say it; undefined when it holds something that only a running program knows. */
export function plainOf(value: PyValue): unknown {
  if (value === null || typeof value !== 'object') return typeof value === 'number' && !Number.isFinite(value) ? undefined : value;
  if (Array.isArray(value)) {
    const items = value.map((item: PyValue) => plainOf(item));
    return items.includes(undefined) ? undefined : items;
  }
  if (!isDict(value as PyValue)) return undefined;
  const entries = (value as PyDict).entries.map(
    ([key, inner]) => [typeof key === 'string' || typeof key === 'number' ? String(key) : undefined, plainOf(inner)] as const,
  );
  return entries.some(([key, inner]) => key === undefined || key === '__proto__' || inner === undefined)
    ? undefined
    : Object.fromEntries(entries as [string, unknown][]);
}

/** JSON in the same shape, so that one reader serves both. */
export function fromJson(value: unknown): PyValue {
  if (Array.isArray(value)) return value.map(fromJson);
  if (typeof value === 'object' && value !== null) return { kind: 'dict', entries: Object.entries(value).map(([key, inner]) => [key, fromJson(inner)]) };
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

export const textOf = (value: PyValue | undefined): string | undefined => (typeof value === 'string' ? value : undefined);
export const entryOf = (dict: PyDict, key: string): PyValue | undefined => dict.entries.find(([name]) => name === key)?.[1];
