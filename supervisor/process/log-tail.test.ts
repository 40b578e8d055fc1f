import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../core/base/log.js';
import { ManualClock } from '../../core/base/manual-clock.js';
import { LogFile } from './log-file.js';
import { LineSplitter, safeLine } from './log-line.js';
import { ProcessLog } from './log-tail.js';

describe('K7: a safe line', () => {
  it('holds no control, no lone surrogate, is bounded, and stays as it is when made safe again', () => {
    const nasty = fc.string({
      unit: fc.oneof(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
        fc.constantFrom('\u001b', '[', '0', 'm', ';', '\u009b', '\u202e', '\ud800', '\udc00', '\0', '\t', '\r'),
      ),
      maxLength: 60,
    });
    fc.assert(
      fc.property(nasty, fc.integer({ min: 2, max: 80 }), (text, max) => {
        const safe = safeLine(text, max);
        expect(safe).not.toMatch(/[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/);
        expect(Buffer.from(safe).toString()).toBe(safe);
        expect(safe.length).toBeLessThanOrEqual(max);
        expect(safeLine(safe, max)).toBe(safe);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('lines across chunks', () => {
  it('are the same in any chunking', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'bc', '\n', '\r\n', '\r'), { maxLength: 30 }), fc.array(fc.nat(), { maxLength: 10 }), (parts, cuts) => {
        const text = parts.join('');
        const whole = new LineSplitter(100);
        const expected = [...whole.push(text), whole.flush()];
        const splitter = new LineSplitter(100);
        const marks = [...new Set(cuts.map((at) => at % (text.length + 1)))].sort((a, b) => a - b);
        const lines = [0, ...marks].flatMap((from, index) => splitter.push(text.slice(from, marks[index] ?? text.length)));
        expect([...lines, splitter.flush()]).toEqual(expected);
      }),
    );
  });

  it('never hold more than one line', () => {
    const splitter = new LineSplitter(10);
    for (let chunk = 0; chunk < 1_000; chunk++) expect(splitter.push('x'.repeat(1_000))).toEqual([]);
    expect(splitter.push('y\nnext\n')).toEqual(['x'.repeat(11), 'next']);
  });
});

describe('the tail of a process', () => {
  const open = (options: Partial<ConstructorParameters<typeof ProcessLog>[0]> = {}) => {
    const clock = new ManualClock();
    return { clock, log: new ProcessLog({ clock, log: silentLog, file: null, ...options }) };
  };

  it('keeps the newest lines and reads from any point', () => {
    const { log } = open({ keptLines: 5 });
    for (let at = 1; at <= 12; at++) log.note(`line ${at}`);
    const texts = (limit: number, after?: number): string[] => log.read(limit, after).map(({ text }) => text);
    expect(texts(100)).toEqual(['line 8', 'line 9', 'line 10', 'line 11', 'line 12']);
    expect(texts(2)).toEqual(['line 11', 'line 12']);
    expect(texts(100, 10)).toEqual(['line 11', 'line 12']);
    expect(texts(100, 12)).toEqual([]);
    expect(texts(0)).toEqual([]);
    expect(texts(-5)).toEqual([]);
  });

  it('cuts a flood, counts what it drops, and says so', async () => {
    const { clock, log } = open({ storm: { burstLines: 100, linesPerSecond: 50 } });
    const stream = new PassThrough();
    log.attach(stream, 'out');
    stream.write('x\n'.repeat(20_000));
    await clock.advance(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(log.read(100_000).length).toBe(100);
    expect(log.dropped).toBe(19_900);
    await clock.advance(1_000);
    expect(log.read(1)[0]).toMatchObject({ stream: 'roost', text: expect.stringContaining('19900 lines were dropped') });
    stream.write('after\n');
    await new Promise((resolve) => setImmediate(resolve));
    expect(log.read(1)[0]?.text).toBe('after');
  });

  it('waits for a line, until the deadline, until the signal', async () => {
    const { clock, log } = open();
    const controller = new AbortController();
    const waits = [log.waitFor(0, 1_000), log.waitFor(1, 1_000), log.waitFor(0, 1_000, controller.signal), log.waitFor(5, 10_000, controller.signal)];
    log.note('one');
    controller.abort();
    await clock.advance(1_000);
    expect(await Promise.all(waits)).toEqual([true, false, true, false]);
    expect(await log.waitFor(0, 5)).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  it('hides the password of an address', () => {
    const { log } = open();
    log.note('connecting to redis://user:c4n4ry@127.0.0.1');
    expect(log.read(1)[0]?.text).toBe('connecting to redis://user:***@127.0.0.1');
  });
});

describe('a log file', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'roost-log-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('turns over by size and keeps so many files', async () => {
    const path = join(dir, 'deep', 'x.log');
    const file = new LogFile({ path, clock: new ManualClock(), log: silentLog, limits: () => ({ maxFileBytes: 100, files: 3 }) });
    for (let batch = 1; batch <= 8; batch++) {
      file.append(`batch ${batch} ${'.'.repeat(50)}`);
      await file.flush();
    }
    await file.close();
    expect((await readdir(join(dir, 'deep'))).sort()).toEqual(['x.log', 'x.log.1', 'x.log.2']);
    expect(await readFile(path, 'utf8')).toContain('batch 8');
    expect(await readFile(`${path}.2`, 'utf8')).toContain('batch 6');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(file.lost).toBe(0);
  });

  it('goes on after what an earlier run wrote', async () => {
    const path = join(dir, 'x.log');
    for (const text of ['first', 'second']) {
      const file = new LogFile({ path, clock: new ManualClock(), log: silentLog });
      file.append(text);
      await file.close();
    }
    expect(await readFile(path, 'utf8')).toBe('first\nsecond\n');
  });

  it('writes in batches, by time', async () => {
    const clock = new ManualClock();
    const file = new LogFile({ path: join(dir, 'x.log'), clock, log: silentLog });
    for (let line = 0; line < 50; line++) file.append('x');
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(200);
    await file.close();
    expect((await readFile(join(dir, 'x.log'), 'utf8')).length).toBe(100);
  });

  it('is closed while nobody writes, and goes on where it was', async () => {
    const clock = new ManualClock();
    const path = join(dir, 'x.log');
    const file = new LogFile({ path, clock, log: silentLog, idleCloseMs: 1_000 });
    const line = async (text: string): Promise<void> => {
      file.append(text);
      await file.flush();
    };
    await line('one');
    await clock.advance(600);
    await line('two');
    await clock.advance(600);
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(900);
    await file.flush();
    expect(clock.pendingTimers).toBe(0);
    // Taken away while it is closed: the next line makes a new one, where a file held open would go on unseen.
    await rm(path);
    await line('three');
    expect(await readFile(path, 'utf8')).toBe('three\n');
    await file.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('counts what it cannot write, and never throws', async () => {
    const file = new LogFile({ path: join(dir, 'as-folder', '..', '\0bad'), clock: new ManualClock(), log: silentLog, maxPendingBytes: 10 });
    for (let line = 0; line < 4; line++) file.append('12345');
    await file.close();
    expect(file.lost).toBe(4);
  });
});
