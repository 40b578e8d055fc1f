/** What a program may say to Roost in lines of its output. Everything else it writes is log. */
export type Word =
  | { readonly kind: 'ready' }
  /** Its loop turns. `progress` is any number that changes when work moves; `busy` is false while it waits for work; `doing` names what it works on. */
  | { readonly kind: 'beat'; readonly progress: number | undefined; readonly busy: boolean | undefined; readonly doing: string | undefined }
  /** It will say nothing for a while, and that is in order. */
  | { readonly kind: 'quiet'; readonly forMs: number };

const maxChars = 1_000;

/** `{"roost":"ready"}`, `{"roost":"beat","progress":7,"busy":true,"doing":"job 12"}`, `{"roost":"quiet","forMs":90000}`; null for any other line. */
export function wordOf(line: string): Word | null {
  if (!line.startsWith('{') || line.length > maxChars || !line.includes('"roost"')) return null;
  let said: Record<string, unknown>;
  try {
    const parsed: unknown = JSON.parse(line);
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return null;
    said = parsed as Record<string, unknown>;
  } catch {
    return null;
  }
  const { roost, progress, busy, doing, forMs } = said;
  if (roost === 'ready') return { kind: 'ready' };
  if (roost === 'beat')
    return {
      kind: 'beat',
      progress: typeof progress === 'number' && Number.isFinite(progress) ? progress : undefined,
      busy: typeof busy === 'boolean' ? busy : undefined,
      doing: typeof doing === 'string' && doing !== '' ? doing.slice(0, 200) : undefined,
    };
  if (roost === 'quiet' && typeof forMs === 'number' && forMs > 0) return { kind: 'quiet', forMs };
  return null;
}
