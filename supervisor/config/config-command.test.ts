import { readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { redisCheckSchema } from '../../contract/redis-check.js';
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
    env: { ROOST_DATA_DIR: dir, ROOST_REDIS_SERVER: join(dir, 'redis-server') },
    platform: 'linux',
    home: dir,
    write: (text) => {
      out += text;
    },
    err: (line) => {
      err += line;
    },
    run: async (file, [option]) => (file === join(dir, 'redis-server') && option === '--version' ? 'Redis server v=8.2.1 sha=0' : null),
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

  it('redis: what the gate would say to the server, by the settings of the file, also while that has a mistake', async () => {
    await writeFile(join(dir, 'redis-server'), '', { mode: 0o755 });
    expect(await run('redis')).toBe(1);
    expect(out).toContain('is not started: Redis 8.2.1 has known holes');
    out = '';
    await writeFile(join(dir, 'roost.yaml'), 'redis: { allowOutdated: true }');
    expect(await run('redis', '--json')).toBe(0);
    expect(redisCheckSchema.parse(JSON.parse(out))).toMatchObject({ verdict: 'note', version: '8.2.1', configProblem: null });
    out = '';
    await writeFile(join(dir, 'roost.yaml'), 'pol: {}');
    expect(await run('redis', '--json')).toBe(1);
    expect(redisCheckSchema.parse(JSON.parse(out))).toMatchObject({ verdict: 'problem', configProblem: expect.stringContaining('did you mean "pool"?') });
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
