import { z } from 'zod';
import { RoostError } from '../../../contract/errors.js';
import { pageText } from './html-text.js';
import { parseXml, type XmlElement } from './xml.js';

export interface FeedItem {
  /** What the feed calls it for good: its guid or id, else its link, else its title. */
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly link: string | null;
  /** Wall-clock ms; null where the feed does not say or says nonsense. */
  readonly publishedMs: number | null;
}

export interface Feed {
  readonly title: string;
  readonly items: readonly FeedItem[];
}

const maxItems = 1_000;
const maxTextChars = 4_000;

const child = (element: XmlElement, ...names: readonly string[]): XmlElement | undefined => {
  for (const name of names) {
    const found = element.children.find((one) => one.name === name);
    if (found !== undefined) return found;
  }
  return undefined;
};
const words = (text: string): string => pageText(text).text.replaceAll('\n', ' ').slice(0, maxTextChars).trim();
const time = (text: string | undefined): number | null => {
  const atMs = text === undefined ? Number.NaN : Date.parse(text.trim());
  return Number.isFinite(atMs) ? atMs : null;
};

function linkOf(item: XmlElement): string | null {
  const links = item.children.filter(({ name }) => name === 'link');
  const best = links.find(({ attributes }) => attributes['rel'] === undefined || attributes['rel'] === 'alternate') ?? links[0];
  return (best?.attributes['href'] ?? best?.text.trim()) || null;
}

function itemOf(element: XmlElement): FeedItem | undefined {
  const title = words(child(element, 'title')?.text ?? '');
  const link = linkOf(element);
  const id = child(element, 'guid', 'id')?.text.trim() || link || title;
  if (id === '') return undefined;
  const summary = words(child(element, 'summary', 'description', 'encoded', 'content')?.text ?? '');
  return { id, title, summary, link, publishedMs: time(child(element, 'pubdate', 'published', 'date', 'updated')?.text) };
}

/** RSS 0.9x to 2.0, RDF and Atom share enough to be read alike: items or entries below the root or its channel. */
function xmlFeed(text: string): Feed {
  const root = parseXml(text);
  if (!['rss', 'rdf', 'feed'].includes(root.name)) throw new RoostError('bad-request', `neither RSS nor Atom: its root is <${root.name.slice(0, 40)}>`);
  const channel = child(root, 'channel');
  const all = [...root.children, ...(channel?.children ?? [])].filter(({ name }) => name === 'item' || name === 'entry');
  const items = all.slice(0, maxItems).flatMap((one) => itemOf(one) ?? []);
  return { title: words(child(channel ?? root, 'title')?.text ?? ''), items };
}

const jsonFeedSchema = z.object({
  version: z.string().startsWith('https://jsonfeed.org/version/'),
  title: z.string().default(''),
  items: z.array(
    z.object({
      id: z.union([z.string(), z.number()]).optional(),
      url: z.string().optional(),
      title: z.string().default(''),
      summary: z.string().optional(),
      content_text: z.string().optional(),
      content_html: z.string().optional(),
      date_published: z.string().optional(),
    }),
  ),
});

function jsonFeed(text: string): Feed {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    throw new RoostError('bad-request', 'not a feed: it is neither XML nor JSON');
  }
  const parsed = jsonFeedSchema.safeParse(raw);
  if (!parsed.success) throw new RoostError('bad-request', 'JSON, but not a JSON Feed (jsonfeed.org)');
  const items = parsed.data.items.slice(0, maxItems).flatMap((item): FeedItem[] => {
    const id = String(item.id ?? item.url ?? item.title);
    if (id === '') return [];
    const summary = item.summary ?? item.content_text ?? item.content_html ?? '';
    return [{ id, title: words(item.title), summary: words(summary), link: item.url ?? null, publishedMs: time(item.date_published) }];
  });
  return { title: words(parsed.data.title), items };
}

/** RSS, Atom or JSON Feed; throws `bad-request` with the reason for anything else. */
export const parseFeed = (text: string): Feed => (text.trimStart().startsWith('{') ? jsonFeed(text) : xmlFeed(text));
