import { readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runConfigCommand } from './config-command.js';
import { schemaFileText } from './json-schema.js';
import { parseConfig } from './load-config.js';
import { renderConfig } from './render-config.js';

const assets = join(import.meta.dirname, '..', '..', 'assets');
let dir: string;
let out = '';
let err = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'roost-config-'));
  out = '';
  err = '';
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const run = (...argv: string[]) =>
  runConfigCommand({
    argv,
    cwd: dir,
    env: { ROOST_DATA_DIR: dir },
    platform: 'linux',
    home: dir,
    write: (text) => {
      out += text;
    },
    err: (line) => {
      err += line;
    },
  });

describe('roost config', () => {
  it('check: the defaults, a good file, a bad one, a missing one', async () => {
    expect(await run('check')).toBe(0);
    expect(out).toContain('the defaults apply');
    await writeFile(join(dir, 'roost.yaml'), 'services: { api: { command: [x] } }');
    expect(await run('check')).toBe(0);
    expect(out).toContain('roost.yaml is in order: services api;');
    await writeFile(join(dir, 'bad.yaml'), 'pol: {}');
    expect(await run('check', 'bad.yaml')).toBe(1);
    expect(err).toContain('did you mean "pool"?');
    expect(await run('check', 'nowhere.yaml')).toBe(1);
    expect(err).toContain('nowhere.yaml cannot be read');
  });

  it.each([[[]], [['frob']], [['check', 'a', 'b']], [['schema', 'x']], [['check', '--nope']]])('%j is bad usage', async (argv) => {
    expect(await run(...argv)).toBe(2);
    expect(err).toContain('usage: roost config');
  });

  it('show: every default, no secret, and it reads back as the same settings', async () => {
    const text = `
providers: [ { name: a, baseUrl: "http://127.0.0.1:1/v1", model: "$\${M}", apiKey: sesame } ]
redis: { mode: external, url: "rediss://ada:pearl@host:1/0" }
services: { api: { command: [x], env: { TOKEN: coral }, alive: { tcp: 1, every: 90s }, limits: { memory: 1GB } } }`;
    await writeFile(join(dir, 'roost.yaml'), text);
    expect(await run('show')).toBe(0);
    expect(out).not.toMatch(/sesame|pearl|coral/);
    expect(out).toContain('every: 90s');
    expect(out).toContain('memory: 1GB');
    expect(out).toContain('staleAfter: 30m');
    const hidden = parseConfig(text.replace('sesame', '(hidden)').replace('pearl', '(hidden)').replace('coral', '(hidden)'), 'a', {});
    expect(parseConfig(out, 'b', {})).toEqual(hidden);
  });

  it('schema: what the file in assets says', async () => {
    expect(await run('schema')).toBe(0);
    expect(await readFile(join(assets, 'roost.schema.json'), 'utf8')).toBe(out);
    expect(out).toBe(schemaFileText());
  });
});

describe('the samples', () => {
  it.each(readdirSync(join(assets, 'samples')).filter((name) => name.endsWith('.yaml')))('%s is a valid config that names its schema', async (name) => {
    const text = await readFile(join(assets, 'samples', name), 'utf8');
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=../roost.schema.json');
    const config = parseConfig(text, name, {});
    expect(config).not.toEqual(parseConfig('', 'empty', {}));
    expect(parseConfig(renderConfig(config).replaceAll('(hidden)', 'x'), name, {}).pool).toEqual(config.pool);
  });
});
