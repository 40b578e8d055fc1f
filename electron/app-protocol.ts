import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { protocol } from 'electron';
import { appHost, appScheme } from './navigation.js';

/** Everything the screen may do comes from its own files; live data arrives over a message port, which CSP does not govern. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

/** What may be served: address path to file. A list made once beats checking paths: an address not on it does not exist. */
export type Manifest = ReadonlyMap<string, { readonly file: string; readonly contentType: string }>;

/** Lists the regular files under `dir` whose kind is known; links are left out, they may lead anywhere. */
export function listFiles(dir: string): Manifest {
  const manifest = new Map<string, { file: string; contentType: string }>();
  const walk = (folder: string, prefix: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const file = join(folder, entry.name);
      const contentType = contentTypes[extname(entry.name).toLowerCase()];
      if (entry.isDirectory()) walk(file, `${prefix}${entry.name}/`);
      else if (entry.isFile() && contentType !== undefined)
        manifest.set(new URL(`${appScheme}://${appHost}${prefix}${encodeURI(entry.name)}`).pathname, { file, contentType });
    }
  };
  walk(dir, '/');
  return manifest;
}

/** The file for an address, or undefined. The path is compared as it came: nothing is decoded, so nothing can be smuggled in encoded. */
export function resolve(manifest: Manifest, address: string): { readonly file: string; readonly contentType: string } | undefined {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return undefined;
  }
  if (url.protocol !== `${appScheme}:` || url.host !== appHost || url.username !== '' || url.password !== '') return undefined;
  return manifest.get(url.pathname === '/' || url.pathname === '' ? '/index.html' : url.pathname);
}

const headers: Readonly<Record<string, string>> = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

export async function answer(manifest: Manifest, request: { readonly method: string; readonly url: string }): Promise<Response> {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return new Response('method not allowed', { status: 405, headers: { ...headers, allow: 'GET, HEAD' } });
  const found = resolve(manifest, request.url);
  if (found === undefined) return new Response('not found', { status: 404, headers });
  const body = request.method === 'HEAD' ? null : new Uint8Array(await readFile(found.file));
  return new Response(body, { status: 200, headers: { ...headers, 'content-type': found.contentType } });
}

/** `manifest` is asked at each request: constant in a packaged app, listed anew while the screen is being developed. */
export function serveApp(manifest: () => Manifest): void {
  protocol.handle(appScheme, (request) => answer(manifest(), request));
}
