import { createHash } from 'node:crypto';

export interface Issue {
  readonly id: string;
  readonly text: string;
  readonly item: unknown;
}
export interface Issues {
  readonly issues: readonly Issue[];
  readonly bad: readonly { readonly id: string; readonly reason: string; readonly text: string }[];
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 24);
const idFields = ['id', 'key', 'number', 'uuid', 'url'] as const;

/** An issue keeps its name while its text is edited: its own id, or else its content. */
function idOf(item: Readonly<Record<string, unknown>>): string {
  for (const field of idFields) {
    const value = item[field];
    if ((typeof value === 'string' && value !== '') || typeof value === 'number') return `${field}:${String(value)}`;
  }
  return `content:${hash(JSON.stringify(item))}`;
}

/** A file of issues: a JSON list (bare, or as `issues` or `items` of an object), or Markdown whose open boxes `- [ ]` are issues. Throws for JSON that is none. */
export function issuesOf(text: string): Issues {
  const trimmed = text.replace(/^\uFEFF/, '').trim();
  return trimmed.startsWith('[') && !/^\[[ xX]?\]/.test(trimmed)
    ? fromJson(JSON.parse(trimmed))
    : trimmed.startsWith('{')
      ? fromJson(JSON.parse(trimmed))
      : fromMarkdown(trimmed);
}

function fromJson(value: unknown): Issues {
  const inside = Array.isArray(value) ? value : ((value as Record<string, unknown>)['issues'] ?? (value as Record<string, unknown>)['items']);
  if (!Array.isArray(inside)) throw new Error('it is JSON, but neither a list nor an object with a list named issues');
  const issues = new Map<string, Issue>();
  const bad: { id: string; reason: string; text: string }[] = [];
  for (const item of inside as unknown[]) {
    const text = JSON.stringify(item);
    if (typeof item === 'string' && item.trim() !== '') issues.set(`content:${hash(item)}`, { id: `content:${hash(item)}`, text: item, item });
    else if (typeof item !== 'object' || item === null || Array.isArray(item))
      bad.push({ id: `bad:${hash(text)}`, reason: 'an issue must be an object or a text', text: text.slice(0, 2_000) });
    else {
      const id = idOf(item as Record<string, unknown>);
      // The first of two with one id counts; the other one is told.
      if (issues.has(id)) bad.push({ id: `twice:${id}:${hash(text)}`, reason: `a second issue with ${id}`, text: text.slice(0, 2_000) });
      else issues.set(id, { id, text, item });
    }
  }
  return { issues: [...issues.values()], bad };
}

function fromMarkdown(text: string): Issues {
  const issues = new Map<string, Issue>();
  for (const line of text.split(/\r\n?|\n/)) {
    const words = /^\s*[-*+]\s+\[ \]\s+(.+)$/.exec(line)?.[1]?.trim();
    if (words === undefined) continue;
    const number = /^#?([A-Z][A-Z0-9]*-\d+|\d+)\b/.exec(words)?.[1];
    const id = number === undefined ? `content:${hash(words)}` : `id:${number}`;
    if (!issues.has(id)) issues.set(id, { id, text: words, item: { id: number ?? null, title: words } });
  }
  return { issues: [...issues.values()], bad: [] };
}
