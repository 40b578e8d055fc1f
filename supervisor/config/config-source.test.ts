import { mkdtemp, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { type ConfigChange, ConfigSource } from './config-source.js';

let dir: string;
let file: string;
let source: ConfigSource | undefined;
let changes: ConfigChange[] = [];
let problems: string[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'roost-config-'));
  file = join(dir, 'roost.yaml');
  changes = [];
  problems = [];
});
afterEach(async () => {
  await source?.stop();
  await rm(dir, { recursive: true, force: true });
});

async function open(configFile?: string, env: Record<string, string> = {}): Promise<ConfigSource> {
  source = await ConfigSource.open({ dataDir: dir, configFile, env, clock: systemClock, log: silentLog, settleMs: 1 });
  source.onChange((change) => changes.push(change));
  source.onProblem((problem) => problems.push(problem));
  return source;
}

let edits = 0;
/** An edit whose date differs for sure, as fast as tests write. */
async function edit(text: string | Buffer): Promise<void> {
  await writeFile(file, text);
  await utimes(file, 1_000_000 + ++edits, 1_000_000 + edits);
}

const kept = async (bad: boolean) => (await readdir(join(dir, 'config-backups')).catch(() => [])).filter((name) => name.includes('.bad-') === bad);
const copies = async () => (await kept(false)).length;

describe('ConfigSource', () => {
  it('takes an edit over, once, and its live settings never go stale', async () => {
    await edit('pool: { size: 1 }');
    const { live } = await open();
    expect(live.pool.size).toBe(1);
    await edit('pool: { size: 2 }');
    await source?.look();
    await source?.look();
    expect(changes).toHaveLength(1);
    expect(changes[0]?.diff.poolSize).toBe(2);
    expect(live.pool.size).toBe(2);
    expect(await copies()).toBe(2);
  });

  it('a touch without a change is none, and a date that lies does not hide one', async () => {
    await edit('pool: { size: 1 }');
    await open();
    await edit('pool: { size: 1 }');
    await source?.look();
    expect(changes).toEqual([]);
    await writeFile(file, 'pool: { size: 2 }');
    await utimes(file, 1_000_000 + edits, 1_000_000 + edits);
    await source?.look();
    expect(changes).toHaveLength(1);
  });

  it.each([
    ['a typing mistake', 'pol: {}'],
    ['half a file', 'pool: { size'],
    ['UTF-16', Buffer.from('pool: {}', 'utf16le')],
    ['NUL bytes', 'pool: "\0"'],
    ['a list', '[]'],
    ['two of one key', 'pool: {}\npool: {}'],
    ['ten megabytes', 'x'.repeat(10 * 1024 ** 2)],
    ['depth', '['.repeat(20_000)],
    ['a prototype', '__proto__: { a: 1 }'],
  ])('%s leaves the last good one in force and is told once', async (_what, bad) => {
    await edit('pool: { size: 1 }');
    await open();
    await edit(bad);
    await source?.look();
    await source?.look();
    expect(source?.current.pool.size).toBe(1);
    expect(problems).toHaveLength(1);
    expect(source?.problem).toBe(problems[0]);
    expect(await copies()).toBe(1);
    await edit('pool: { size: 4 }');
    await source?.look();
    expect(source?.problem).toBeNull();
    expect(changes.map((change) => [change.repaired, change.diff.poolSize])).toEqual([[true, 4]]);
  });

  it('a file that vanishes is no wish for the defaults', async () => {
    await edit('pool: { size: 1 }');
    await open();
    await rename(file, `${file}.away`);
    await source?.look();
    expect(source?.current.pool.size).toBe(1);
    expect(source?.problem).toContain('is gone');
    await rename(`${file}.away`, file);
    await source?.look();
    expect(source?.problem).toBeNull();
  });

  it('one that is made later is read then', async () => {
    await open();
    expect(source?.current.pool.size).toBe(3);
    await edit('pool: { size: 1 }');
    await source?.look();
    expect(source?.current.pool.size).toBe(1);
  });

  it('starts with the last good copy when the file was broken meanwhile, and says so', async () => {
    await edit('pool: { size: 1 }');
    await open();
    await edit('pol: {}');
    await open();
    expect(source?.current.pool.size).toBe(1);
    expect(source?.problem).toContain('did you mean "pool"?');
  });

  it('refuses to start with a broken file and no good copy, and with a named file that is missing', async () => {
    await edit('pol: {}');
    await expect(open()).rejects.toThrow('did you mean "pool"?');
    await expect(open(join(dir, 'nowhere.yaml'))).rejects.toThrow('There is no config file');
  });

  it('F4: with every good copy spoiled as well it goes on with the defaults, says so, and changes nothing in the file', async () => {
    for (const size of [1, 2, 3, 4, 5, 6]) {
      await edit(`pool: { size: ${size} }`);
      await open();
    }
    const copies = join(dir, 'config-backups');
    const kept = (await readdir(copies)).filter((name) => !name.includes('bad'));
    expect(kept).toHaveLength(5);
    for (const name of kept) await writeFile(join(copies, name), 'pool: { size: [');
    await edit('pol: {}');
    await open();
    expect(source?.current.pool.size).toBe(3);
    expect(source?.problem).toMatch(/did you mean "pool"\?.* None of the 5 kept copies can be used either/s);
    await expect(source?.edit(() => 'pool: { size: 9 }')).rejects.toMatchObject({ code: 'config-invalid' });
    expect(await readFile(join(dir, 'roost.yaml'), 'utf8')).toBe('pol: {}');
    // A file that is in order again ends it.
    await edit('pool: { size: 2 }');
    await source?.look();
    expect([source?.current.pool.size, source?.problem]).toEqual([2, null]);
  });

  it('does not go on with the copy of another file', async () => {
    await edit('pool: { size: 1 }');
    await open();
    const other = join(dir, 'other', 'roost.yaml');
    await expect(open(other)).rejects.toThrow('There is no config file');
    await writeFile(join(dir, 'b.yaml'), 'pol: {}');
    await expect(open(join(dir, 'b.yaml'))).rejects.toThrow('did you mean');
  });

  it('keeps a file that cannot be used beside the good ones, each once, five at most, and never goes on with one', async () => {
    await edit('pool: { size: 1 }');
    await open();
    for (const text of ['pol: {}', 'pol: {}', 'pool: [']) {
      await edit(text);
      await source?.look();
    }
    const bad = await kept(true);
    expect(bad).toHaveLength(2);
    expect(await Promise.all(bad.sort().map((name) => readFile(join(dir, 'config-backups', name), 'utf8')))).toEqual(['pol: {}', 'pool: [']);
    await source?.stop();
    expect((await open()).current.pool.size).toBe(1);
    for (let n = 0; n < 8; n++) {
      await edit(`pol: ${n}`);
      await source?.look();
    }
    expect(await kept(true)).toHaveLength(5);
    expect(await copies()).toBe(1);
  });

  it('keeps five copies', async () => {
    for (let size = 0; size < 8; size++) {
      await edit(`pool: { size: ${size} }`);
      if (size === 0) await open();
      else await source?.look();
    }
    const names = (await readdir(join(dir, 'config-backups'))).sort();
    expect(names).toHaveLength(5);
    expect(await readFile(join(dir, 'config-backups', names.at(-1) ?? ''), 'utf8')).toBe('pool: { size: 7 }');
  });

  it('what only a restart can follow keeps its value, and is told once', async () => {
    await edit('api: { port: 4000 }');
    await open();
    await edit('api: { port: 5000 }');
    await source?.look();
    await edit('api: { port: 5000 } # the same');
    await source?.look();
    expect(source?.current.api.port).toBe(4000);
    expect(changes.map((change) => change.diff.needsRestart)).toEqual([['api'], []]);
  });

  it('the environment wins over the file', async () => {
    await open(undefined, { REDIS_URL: 'redis://elsewhere:1' });
    expect(source?.current.redis).toMatchObject({ mode: 'external', url: 'redis://elsewhere:1' });
  });
});
