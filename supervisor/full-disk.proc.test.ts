import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, type TestContext } from 'vitest';
import { writeFileAtomic } from '../core/base/atomic-file.js';
import { systemClock } from '../core/base/clock.js';
import { type Log, silentLog } from '../core/base/log.js';
import { mountSmallDisk, noSmallDisk, type SmallDisk } from '../core/base/test-small-disk.js';
import { ConfigSource } from './config/config-source.js';
import { HoldStore } from './hold/hold-store.js';
import { Ledger, readLedger } from './process/ledger.js';
import { LifeBook } from './process/life-book.js';
import { LogFile } from './process/log-file.js';
import { ProcessLog } from './process/log-tail.js';
import { EpochFile } from './redis/epoch.js';
import { StartRecord } from './start-record.js';

let dir: string;
let disk: SmallDisk | null;
let warnings: string[];
const clock = systemClock;
const log: Log = { ...silentLog, warn: (message) => void warnings.push(message), child: () => log };

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'roost-full-'));
  disk = mountSmallDisk(join(dir, 'disk'), '1m');
  warnings = [];
});
afterEach(() => {
  disk?.unmount();
  rmSync(dir, { recursive: true, force: true });
});

/** The disk, or the reason why there is no test here. */
const needed = (context: TestContext): SmallDisk => disk ?? context.skip(noSmallDisk);
const names = (path: string): string[] => readdirSync(path).filter((name) => name !== 'ballast');

describe('on a disk that is full', () => {
  it('a file is refused and the old one stays byte for byte, with nothing beside it', async (context) => {
    const { path: at, fill, free } = needed(context);
    const path = join(at, 'state.json');
    await writeFileAtomic({ path, text: 'old' });
    // With some room left the beginning of it is written, and only then the disk says no.
    for (const leaveBytes of [16_384, 0]) {
      free();
      fill(leaveBytes);
      await expect(writeFileAtomic({ path, text: 'x'.repeat(400_000) })).rejects.toMatchObject({ code: 'disk-full', message: expect.stringContaining(path) });
      expect(readFileSync(path, 'utf8')).toBe('old');
      expect(names(at)).toEqual(['state.json']);
    }
    free();
    await writeFileAtomic({ path, text: 'x'.repeat(400_000) });
    expect(readFileSync(path, 'utf8')).toHaveLength(400_000);
  });

  it('an edit of the config is refused in words, the file and what is in force stay, and it works once there is room', async (context) => {
    const { path, fill, free } = needed(context);
    const file = join(path, 'roost.yaml');
    const before = `pool: { size: 2 }\n# ${'x'.repeat(5_000)}\n`;
    writeFileSync(file, before);
    const source = await ConfigSource.open({ dataDir: path, configFile: undefined, env: {}, clock, log });
    fill();
    const edit = (size: number) => source.edit((text) => text.replace(/size: \d+/, `size: ${size}`));
    await expect(edit(3)).rejects.toMatchObject({ code: 'disk-full', message: `The config file ${file} was not changed: the disk is full` });
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(source.current.pool.size).toBe(2);
    expect(names(path).sort()).toEqual(['config-backups', 'roost.yaml']);
    free();
    await edit(4);
    expect(source.current.pool.size).toBe(4);
  });

  it('an edit is refused where nothing can be written, too', async () => {
    const file = join(dir, 'roost.yaml');
    writeFileSync(file, 'pool: { size: 2 }\n');
    const source = await ConfigSource.open({ dataDir: dir, configFile: undefined, env: {}, clock, log });
    // Where the copies go stands a file: as good as a folder without rights, which mean nothing to root.
    rmSync(join(dir, 'config-backups'), { recursive: true });
    writeFileSync(join(dir, 'config-backups'), '');
    await expect(source.edit(() => 'pool: { size: 3 }\n')).rejects.toMatchObject({ code: 'forbidden', message: expect.stringContaining('was not changed') });
    expect(readFileSync(file, 'utf8')).toBe('pool: { size: 2 }\n');
  });

  it('what a run keeps for itself stays as it was, is told once, and is written once there is room', async (context) => {
    const { path, fill, free } = needed(context);
    mkdirSync(join(path, 'run'));
    const starts = new StartRecord({ dataDir: path, clock, log });
    await starts.begin();
    const hold = new HoldStore({ file: join(path, 'hold.json'), clock, key: 'hold', node: 'n' });
    await hold.writeFile({ level: 'hold', sinceMs: 1, queues: [] });
    const book = new LifeBook({ dataDir: path, clock, log });
    book.daysOf('api').startedAgain('crash');
    await book.save();
    writeFileSync(join(path, 'redis-epoch'), 'mark 7\n');
    const epoch = new EpochFile(join(path, 'redis-epoch'), join(path, 'redis'));
    const files = ['run/starts.json', 'hold.json', 'run/figures.json', 'redis-epoch'];
    const texts = () => files.map((name) => readFileSync(join(path, name), 'utf8'));
    const before = texts();
    fill();
    await starts.endedWell();
    await starts.endedWell();
    expect(warnings).toEqual(['the record of starts cannot be written']);
    await expect(hold.writeFile({ level: 'kill', sinceMs: 2, queues: [] })).rejects.toMatchObject({ code: 'disk-full' });
    book.daysOf('api').startedAgain('crash');
    await book.save();
    await expect(epoch.forgetProgress()).rejects.toMatchObject({ code: 'disk-full' });
    expect(texts()).toEqual(before);
    expect([...names(path), ...names(join(path, 'run'))].sort()).toEqual(['figures.json', 'hold.json', 'redis-epoch', 'run', 'starts.json']);
    free();
    await starts.endedWell();
    await epoch.forgetProgress();
    expect(JSON.parse(texts()[0] ?? '')).toMatchObject({ starts: [] });
    expect(texts()[3]).toBe('mark 0\n');
  });

  it('the ledger takes in later whoever was started meanwhile, and half a line costs nobody else', async (context) => {
    const { path, fill, free } = needed(context);
    const ledger = new Ledger({ path: join(path, 'ledger.jsonl'), runId: 'run', log });
    const spawned = (n: number): void =>
      ledger.spawned({ incarnationId: `i${n}`, name: `p${n}`, pid: 10_000 + n, startedAt: '5', bootId: 'b', program: 'x'.repeat(1_500), atMs: n });
    spawned(0);
    // Room for a line and a part of the next.
    fill();
    for (let n = 1; n <= 6; n++) spawned(n);
    ledger.exited('i2');
    expect(warnings).toEqual(['the ledger of processes cannot be written']);
    free();
    ledger.settle();
    const { open } = readLedger(join(path, 'ledger.jsonl'));
    expect(open.map((entry) => entry.name).sort()).toEqual(['p0', 'p1', 'p3', 'p4', 'p5', 'p6']);
    ledger.close();
  });

  it('the lines of a program are counted as lost, told of once, and written again in whole lines with a note of the gap', async (context) => {
    const { path, fill, free } = needed(context);
    const file = new LogFile({ path: join(path, 'p.log'), clock, log });
    const output = new ProcessLog({ clock, log, file });
    const stream = new PassThrough();
    output.attach(stream, 'out');
    const say = async (from: number, to: number): Promise<void> => {
      for (let n = from; n <= to; n++) stream.write(`line ${n} ${'y'.repeat(700)}\n`);
      await new Promise((resolve) => setImmediate(resolve));
      await output.flush();
    };
    await say(1, 3);
    fill();
    for (let n = 4; n <= 30; n += 3) await say(n, n + 2);
    const lost = output.dropped;
    expect(lost).toBeGreaterThan(20);
    expect(warnings).toEqual(['a log file cannot be written, its lines are lost until it can']);
    free();
    await say(31, 31);
    await say(32, 32);
    await output.close();
    expect(output.dropped).toBe(lost);
    const lines = readFileSync(join(path, 'p.log'), 'utf8').trimEnd().split('\n');
    // What was cut off stands alone; nothing was glued to it.
    const whole = lines.filter((line) => /^\S{24} out line \d+ y{700}$/.test(line)).map((line) => Number(line.split(' ')[3]));
    expect(whole).toEqual(expect.arrayContaining([1, 2, 3, 31, 32]));
    expect(lines.length - whole.length).toBeLessThanOrEqual(2);
    expect(lines.at(-1)).toMatch(/out line 32/);
    expect(lines.some((line) => line.includes(`roost ${lost} lines are missing from the file before this one`))).toBe(true);
    expect(output.read(3).map(({ text }) => text.slice(0, 7))).toContain('line 32');
  });
});
