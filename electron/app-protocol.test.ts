import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answer, contentSecurityPolicy, listFiles, resolve } from './app-protocol.js';

let dir: string;
let manifest: ReturnType<typeof listFiles>;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'roost-app-'));
  const root = join(dir, 'renderer');
  mkdirSync(join(root, 'assets'), { recursive: true });
  writeFileSync(join(dir, 'secret.js'), 'secret');
  writeFileSync(join(root, 'index.html'), '<!doctype html>');
  writeFileSync(join(root, 'assets', 'index-abc.js'), 'let a');
  writeFileSync(join(root, 'assets', 'two words.css'), 'a{}');
  writeFileSync(join(root, 'notes.exe'), 'MZ');
  symlinkSync(join(dir, 'secret.js'), join(root, 'linked.js'));
  symlinkSync(dir, join(root, 'up'));
  manifest = listFiles(root);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const get = (url: string, method = 'GET') => answer(manifest, { method, url });

describe('what is served', () => {
  it('lists regular files of known kinds only', () =>
    expect([...manifest.keys()].sort()).toEqual(['/assets/index-abc.js', '/assets/two%20words.css', '/index.html']));

  it.each([
    ['app://roost/', 'text/html; charset=utf-8', '<!doctype html>'],
    ['app://roost/index.html?page=pool#x', 'text/html; charset=utf-8', '<!doctype html>'],
    ['app://roost/assets/index-abc.js', 'text/javascript; charset=utf-8', 'let a'],
    ['app://roost/assets/../index.html', 'text/html; charset=utf-8', '<!doctype html>'],
  ])('%s', async (url, type, body) => {
    const response = await get(url);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(type);
    expect(response.headers.get('content-security-policy')).toBe(contentSecurityPolicy);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await response.text()).toBe(body);
  });

  it.each([
    'app://roost/../secret.js',
    'app://roost/../../etc/passwd',
    'app://roost/%2e%2e/secret.js',
    'app://roost/%2e%2e%2fsecret.js',
    'app://roost/..%2fsecret.js',
    'app://roost/..%5csecret.js',
    'app://roost/..\\secret.js',
    'app://roost/%252e%252e%252fsecret.js',
    'app://roost/index.html%00',
    'app://roost/index.html%2500.js',
    'app://roost//etc/passwd',
    'app://roost///index.html',
    'app://roost/etc/passwd',
    'app://roost/C:/Windows/win.ini',
    'app://roost/assets',
    'app://roost/assets/',
    'app://roost/linked.js',
    'app://roost/up/secret.js',
    'app://roost/notes.exe',
    'app://roost/app.asar/package.json',
    'app://roost/../../app.asar/dist/main/desktop.js',
    'app://roost/INDEX.HTML',
    'app://roost/index.html.',
    'app://roost/index.html/',
    'app://roost/%69ndex.html',
    'app://roost/__proto__',
    'app://roost/constructor',
    'app://evil/index.html',
    'app://roost@evil/index.html',
    'app://evil@roost/index.html',
    'app://roost:1/index.html',
    'http://roost/index.html',
    'file:///etc/passwd',
    'nonsense',
  ])('not %s', async (url) => {
    expect(resolve(manifest, url)).toBeUndefined();
    const response = await get(url);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-security-policy')).toBe(contentSecurityPolicy);
    expect(await response.text()).toBe('not found');
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('not by %s', async (method) => expect((await get('app://roost/', method)).status).toBe(405));
  it('answers HEAD without a body', async () => expect(await (await get('app://roost/', 'HEAD')).text()).toBe(''));
});

describe('contentSecurityPolicy', () => {
  it('allows nothing inline, nothing foreign and no string as script', () => {
    expect(contentSecurityPolicy).not.toMatch(/unsafe|https?:|\*|blob:/);
    for (const rule of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"])
      expect(contentSecurityPolicy).toContain(rule);
  });
});
