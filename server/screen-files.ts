import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

export interface ScreenFile {
  readonly content: Buffer;
  readonly type: string;
  /** Files with a content hash in the name never change. */
  readonly immutable: boolean;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
};

const maxFiles = 500;

/**
 * The built screen, read once into memory and keyed by exact URL path: what is not in the map does not
 * exist, so there is no path to check at request time. Links and unknown types stay out.
 */
export async function readScreenFiles(directory: string): Promise<ReadonlyMap<string, ScreenFile>> {
  const files = new Map<string, ScreenFile>();
  const visit = async (folder: string, prefix: string): Promise<void> => {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(entry.name)) continue;
      if (entry.isDirectory()) await visit(join(folder, entry.name), `${prefix}${entry.name}/`);
      const type = types[extname(entry.name)];
      if (!entry.isFile() || type === undefined || files.size >= maxFiles) continue;
      files.set(`${prefix}${entry.name}`, {
        content: await readFile(join(folder, entry.name)),
        type,
        immutable: /-[A-Za-z0-9_-]{8,}\.[a-z0-9]+$/.test(entry.name),
      });
    }
  };
  await visit(directory, '/');
  const index = files.get('/index.html');
  if (index !== undefined) files.set('/', index);
  return files;
}

/** `host` is the allow-listed Host of the request: the page may talk to that origin and to nothing else. */
export function contentSecurityPolicy(host: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self' ws://${host}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
}
