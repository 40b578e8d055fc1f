/** What is known of one item; `item` is its JSON where it has any. */
export interface ItemFields {
  readonly path: string;
  readonly name: string;
  readonly id?: string;
  readonly offset?: number;
  readonly size?: number;
  readonly text?: string;
  readonly item?: unknown;
}

const placeholder = /\{(path|name|id|offset|size|text|item(?:\.[A-Za-z0-9_-]{1,60}){0,8})\}/g;
/** Below these everything is a text: a number of an item is meant as its digits. */
const texts: ReadonlySet<string> = new Set(['argv', 'env', 'headers']);
const whole = new RegExp(`^${placeholder.source}$`);

/** Whether anything of an item goes into it. */
export function isFilled(template: unknown): boolean {
  if (typeof template === 'string') return template.match(placeholder) !== null;
  return typeof template === 'object' && template !== null && Object.values(template).some(isFilled);
}

/** Which parts of an item a template needs: the file is read only for these. */
export function needsOf(template: unknown): { readonly text: boolean; readonly json: boolean } {
  const names = new Set<string>();
  const walk = (value: unknown): void => {
    if (typeof value === 'string') for (const match of value.matchAll(placeholder)) names.add((match[1] ?? '').split('.')[0] ?? '');
    else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) walk(inner);
  };
  walk(template);
  return { text: names.has('text'), json: names.has('item') };
}

function fieldOf(name: string, fields: ItemFields): unknown {
  const [first, ...rest] = name.split('.');
  if (first !== 'item') return fields[first as keyof ItemFields];
  let value = fields.item;
  for (const key of rest) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

const asText = (value: unknown): string => (value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value));

/** The data of one job. A text that is nothing but one placeholder becomes the value itself (but for argv, env and headers); other braces stay as they are. What comes in is never read as a template again. */
export function fillTemplate(template: unknown, fields: ItemFields, textOnly = false): unknown {
  if (typeof template === 'string') {
    const only = whole.exec(template);
    if (only !== null && !textOnly) return fieldOf(only[1] ?? '', fields) ?? null;
    return template.replace(placeholder, (_, name: string) => asText(fieldOf(name, fields)));
  }
  if (Array.isArray(template)) return template.map((inner) => fillTemplate(inner, fields, textOnly));
  if (typeof template === 'object' && template !== null)
    return Object.fromEntries(Object.entries(template).map(([key, inner]) => [key, fillTemplate(inner, fields, textOnly || texts.has(key))]));
  return template;
}
