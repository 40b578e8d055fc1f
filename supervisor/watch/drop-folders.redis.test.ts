import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RoostError } from '../../contract/errors.js';
import { type Clock, sleep, systemClock } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { onLinux } from '../../core/base/test-conditions.js';
import { connect, type Redis, whenReady } from '../../core/redis/connection.js';
import { keysFor } from '../../core/redis/keys.js';
import { startTestRedis, type TestRedis } from '../../core/redis/test-redis.js';
import { WatchProblem } from './scan.js';
import { FakeQueues, freshScanner, never, watchConfig } from './test-watch.js';
import { Watches } from './watches.js';

let server: TestRedis;
let redis: Redis;
let folder: string;
let queues: FakeQueues;
let aheadMs = 5;
const clock: Clock = { ...systemClock, wallMs: () => systemClock.wallMs() + aheadMs };

beforeAll(async () => {
  server = await startTestRedis();
  redis = connect(server.address, 'calls', 'test', silentLog);
  await whenReady(systemClock, redis, 30_000);
});
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'roost-drop-'));
  queues = new FakeQueues();
  aheadMs = 5;
  await redis.flushall();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

const inbox = () => join(folder, 'inbox');
const drop = (name: string, text: string): void => writeFileSync(join(inbox(), name), text);
const open = (config: Record<string, unknown>, path = inbox()) =>
  freshScanner({ redis, path, config: watchConfig({ path, ...config }), queues, dataDir: folder, clock });
const made = () => [...queues.jobs.values()];

describe('a directory', () => {
  beforeEach(() => mkdirSync(inbox()));

  it('hands on path, text and JSON of each file, and sets aside what is none, with the reason', async () => {
    const scanner = await open({ data: { path: '{path}', item: '{item}' } });
    drop('good.json', '{"a":1}');
    drop('bad.json', '{"a":');
    drop('half.json.part', '{}');
    expect(await scanner.scan(never)).toMatchObject({ present: 2, settling: 0, behind: 0 });
    expect(made()).toEqual([{ path: join(inbox(), 'good.json'), item: { a: 1 } }]);
    expect(readdirSync(inbox()).sort()).toEqual(['good.json', 'half.json.part', 'rejected']);
    expect(readdirSync(join(inbox(), 'rejected')).sort()).toEqual(['bad.json', 'reasons.jsonl']);
    expect(scanner.shared.counts).toMatchObject({
      queued: 1,
      rejected: 1,
      rejects: [{ item: 'bad.json', reason: expect.stringContaining('not JSON') as string }],
    });
    renameSync(join(inbox(), 'half.json.part'), join(inbox(), 'half.json'));
    await scanner.scan(never);
    expect(made()).toHaveLength(2);
  });

  it('follows no link out of the folder, says so once, and reads no file twice for a link inside', async () => {
    writeFileSync(join(folder, 'secret'), 'outside');
    drop('a', 'inside');
    symlinkSync(join(folder, 'secret'), join(inbox(), 'out'));
    symlinkSync(join(inbox(), 'a'), join(inbox(), 'in'));
    const scanner = await open({ data: { text: '{text}' } });
    await scanner.scan(never);
    await (await open({ data: { text: '{text}' } })).scan(never);
    expect(made()).toEqual([{ text: 'inside' }]);
    expect(scanner.shared.counts.rejects).toMatchObject([{ item: 'out', reason: expect.stringContaining('leads out') as string }]);
  });

  // Other systems refuse such names themselves.
  it.runIf(onLinux('a file name that is not UTF-8'))(
    'a file whose name is not UTF-8 was never taken and never told of: now it is set aside, once',
    async () => {
      drop('a', 'good');
      writeFileSync(Buffer.concat([Buffer.from(join(inbox(), 'b')), Buffer.from([0xff, 0xfe])]), 'odd');
      const scanner = await open({ data: { text: '{text}' } });
      await scanner.scan(never);
      await (await open({ data: { text: '{text}' } })).scan(never);
      expect(made()).toEqual([{ text: 'good' }]);
      expect(scanner.shared.counts.rejects).toMatchObject([{ item: 'b\ufffd\ufffd', reason: expect.stringContaining('not UTF-8') as string }]);
    },
  );

  it('takes no more than the queue has room for, the oldest first, and the rest later', async () => {
    const scanner = await open({ data: { name: '{name}' }, maxWaiting: 10 });
    for (let index = 0; index < 5; index++) drop(`f${index}`, 'x');
    queues.waitingJobs = 7;
    expect(await scanner.scan(never)).toMatchObject({ behind: 2, more: false });
    expect(made()).toHaveLength(3);
    queues.waitingJobs = 0;
    expect(await scanner.scan(never)).toMatchObject({ behind: 0, lagMs: null });
    expect(made()).toHaveLength(5);
  });

  it('moves a file when its job has ended, by how it ended', async () => {
    const scanner = await open({ data: { name: '{name}' }, after: 'move' });
    drop('a', 'x');
    drop('b', 'x');
    expect(await scanner.scan(never)).toMatchObject({ open: 2 });
    for (const [id, data] of queues.jobs) queues.states.set(id, (data as { name: string }).name === 'a' ? 'completed' : 'failed');
    expect(await scanner.scan(never)).toMatchObject({ open: 0 });
    expect(readdirSync(inbox()).sort()).toEqual(['done', 'failed']);
    drop('a', 'another');
    await scanner.scan(never);
    expect(made()).toHaveLength(3);
    expect(readdirSync(join(inbox(), 'done'))).toEqual(['a']);
  });

  it('takes a file for a new item when a person puts it back', async () => {
    const config = { data: { name: '{name}', n: '{item.n}' }, after: 'move' };
    const scanner = await open(config);
    drop('a.json', '{"n":');
    drop('b.json', '{"n":1}');
    await scanner.scan(never);
    for (const id of queues.jobs.keys()) queues.states.set(id, 'failed');
    await scanner.scan(never);
    expect(readdirSync(inbox()).sort()).toEqual(['failed', 'rejected']);
    writeFileSync(join(inbox(), 'rejected', 'a.json'), '{"n":2}');
    renameSync(join(inbox(), 'rejected', 'a.json'), join(inbox(), 'a.json'));
    renameSync(join(inbox(), 'failed', 'b.json'), join(inbox(), 'b.json'));
    await (await open(config)).scan(never);
    await (await open(config)).scan(never);
    expect(made()).toHaveLength(3);
    expect(made()).toContainEqual({ name: 'a.json', n: 2 });
  });

  it('knows the same content in another file where it is told to go by content', async () => {
    const scanner = await open({ data: { name: '{name}' }, identity: 'content' });
    drop('a', 'same');
    drop('b', 'same');
    await scanner.scan(never);
    drop('c', 'same');
    drop('d', 'other');
    await (await open({ data: { name: '{name}' }, identity: 'content' })).scan(never);
    expect(made()).toHaveLength(2);
  });

  it('sets an item aside that the handler refuses, and takes the others', async () => {
    queues.refuse = (data) => ((data as { text: string }).text === 'bad' ? 'data.text is not good' : undefined);
    const scanner = await open({ data: { text: '{text}' } });
    drop('a', 'good');
    drop('b', 'bad');
    drop('c', 'good too');
    await scanner.scan(never);
    expect(made()).toHaveLength(2);
    expect(readdirSync(join(inbox(), 'rejected'))).toContain('b');
  });

  it('blames the settings when every item is refused, and sets none aside', async () => {
    queues.refuse = () => 'data is not what is wanted';
    for (let index = 0; index < 30; index++) drop(`f${index}`, 'x');
    await expect((await open({ data: { text: '{text}' } })).scan(never)).rejects.toThrow(/settings may be wrong: data is not what is wanted/);
    expect(readdirSync(inbox())).toHaveLength(30);
  });

  it('blames the settings at once for a field that no item fills', async () => {
    queues.refuse = () => 'argv must be a list, got nothing';
    queues.refusedField = 'argv';
    drop('a', 'x');
    await expect((await open({ data: { text: '{text}' } })).scan(never)).rejects.toThrow('the settings are wrong: argv must be a list, got nothing');
    expect(readdirSync(inbox())).toEqual(['a']);
    await (await open({ data: { argv: ['{text}'] } })).scan(never);
    expect(readdirSync(inbox())).toEqual(['rejected']);
  });

  it('says what is wrong with a folder, and goes on when it is right again', async () => {
    const scanner = await open({ data: {} }, join(folder, 'none'));
    await expect(scanner.scan(never)).rejects.toThrow(/is not there/);
    writeFileSync(join(folder, 'none'), '');
    await expect(scanner.scan(never)).rejects.toThrow(WatchProblem);
    rmSync(join(folder, 'none'));
    mkdirSync(join(folder, 'none'));
    expect(await scanner.scan(never)).toMatchObject({ present: 0 });
  });

  it('looks at nothing but the folder itself while nothing changes', async () => {
    drop('a', 'x');
    aheadMs = 10_000;
    const scanner = await open({ data: { name: '{name}' } });
    const first = await scanner.scan(never);
    expect(await scanner.scan(never)).toEqual(first);
    drop('b', 'x');
    await scanner.scan(never);
    expect(made()).toHaveLength(2);
  });
});

describe('an issues file', () => {
  it('makes one job of each issue, whatever else is edited', async () => {
    const path = join(folder, 'issues.json');
    const scanner = await open({ kind: 'issues', data: { id: '{id}', title: '{item.title}' } }, path);
    expect(await scanner.scan(never)).toMatchObject({ note: expect.stringContaining('not there yet') as string });
    writeFileSync(path, JSON.stringify([{ id: 1, title: 'one' }, 7]));
    await scanner.scan(never);
    writeFileSync(path, JSON.stringify([{ id: 1, title: 'one, edited' }, 7, { id: 2, title: 'two' }]));
    await (await open({ kind: 'issues', data: { id: '{id}', title: '{item.title}' } }, path)).scan(never);
    expect(made()).toEqual([
      { id: '1', title: 'one' },
      { id: '2', title: 'two' },
    ]);
    expect(readFileSync(`${path}.rejected`, 'utf8').trim().split('\n')).toHaveLength(1);
    writeFileSync(path, '[{"id":3');
    await expect(scanner.scan(never)).rejects.toThrow(/cannot be used/);
    writeFileSync(path, '[{"id":3}]');
    await scanner.scan(never);
    expect(made()).toHaveLength(3);
  });
});

describe('a log', () => {
  it('waits when the queue is long, and where a job may not be added at all', async () => {
    const path = join(folder, 'app.log');
    writeFileSync(path, '{"n":1}\n{"n":2}\n');
    const scanner = await open({ kind: 'jsonl', data: { n: '{item.n}' }, maxWaiting: 5 }, path);
    queues.waitingJobs = 5;
    expect(await scanner.scan(never)).toMatchObject({ behind: 16, more: false });
    queues.waitingJobs = 0;
    queues.problem = new RoostError('not-found', 'There is no queue called x.');
    await expect(scanner.scan(never)).rejects.toThrow('There is no queue called x.');
    queues.problem = undefined;
    expect(await scanner.scan(never)).toMatchObject({ behind: 0 });
    expect(made()).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it('begins at the end where it is told to', async () => {
    const path = join(folder, 'app.log');
    writeFileSync(path, '{"n":1}\n');
    const scanner = await open({ kind: 'jsonl', from: 'end', data: { n: '{item.n}' } }, path);
    await scanner.scan(never);
    appendFileSync(path, '{"n":2}\n');
    await scanner.scan(never);
    expect(made()).toEqual([{ n: 2 }]);
  });
});

describe('all of them', () => {
  it('are looked at in their own time, follow the config, and tell trouble and its end once', async () => {
    mkdirSync(inbox());
    aheadMs = 60_000;
    const told: string[] = [];
    let settings = {
      inbox: watchConfig({ path: inbox(), every: '500ms', data: { name: '{name}' } }),
      gone: watchConfig({ path: join(folder, 'gone'), every: '500ms' }),
    } as Record<string, ReturnType<typeof watchConfig>>;
    let held = false;
    const watches = new Watches({
      settings: () => settings,
      folder: () => folder,
      desk: () => desk,
      held: () => held,
      queueOf: () => 'analysis',
      tell: (severity, name, message) => told.push(`${severity} ${name} ${message}`),
      changed: () => undefined,
      dataDir: folder,
      node: 'n1',
      keys: keysFor('test'),
      clock,
      log: silentLog,
    });
    const desk = { redis, jobs: queues };
    const view = (name: string) => watches.views().find((one) => one.name === name);
    const until = async (probe: () => boolean): Promise<void> => {
      const endMs = performance.now() + 60_000;
      while (!probe()) {
        if (performance.now() > endMs) throw new Error(`waited in vain: ${JSON.stringify(watches.views())}`);
        await sleep(clock, 20);
      }
    };
    drop('a', 'x');
    watches.start();
    await until(() => queues.jobs.size === 1 && view('gone')?.state === 'problem' && view('inbox')?.queued === 1);
    expect(view('inbox')).toMatchObject({ state: 'watching', queue: 'analysis', rejected: 0, problem: null });
    mkdirSync(join(folder, 'gone'));
    await until(() => view('gone')?.state === 'watching');
    expect(told).toEqual([expect.stringMatching(/^warning gone .*is not there/), expect.stringMatching(/^info gone .*works again/)]);
    held = true;
    drop('b', 'x');
    await until(() => view('inbox')?.state === 'held');
    expect(queues.jobs.size).toBe(1);
    held = false;
    const { gone: _removed, ...rest } = settings;
    settings = rest;
    await until(() => queues.jobs.size === 2 && watches.views().length === 1);
    await watches.stop();
    drop('c', 'x');
    expect(queues.jobs.size).toBe(2);
  });
});
