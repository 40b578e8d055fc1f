import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { silentLog } from '../../core/base/log.js';
import { ManualClock } from '../../core/base/manual-clock.js';
import { Secrets } from '../../core/base/secrets.js';
import { LineRing } from './line-ring.js';
import { LogFile } from './log-file.js';
import { ProcessLog } from './log-tail.js';
import { Pieces } from './pieces.js';

const secret = 'a-value-nobody-may-see';

/** Pieces of output as programs make it: much of it plain, some of it not. */
const output = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom('a line\n', 'another one\n', 'x\n', '\n', 'the beginning ', 'of something', ' and its end\n') },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '\r\n',
        '\r',
        '\t',
        '\x1b[31mred\x1b[0m\n',
        'größe\n',
        '😀',
        '\x00',
        'y'.repeat(70),
        `${secret}\n`,
        'password=hunter22\n',
        '\x80',
      ),
    },
  ),
  { maxLength: 40, size: 'max' },
);

const cutAt = (bytes: Buffer, cuts: readonly number[]): Buffer[] => {
  const marks = [0, ...[...new Set(cuts.map((at) => at % (bytes.length + 1)))].sort((a, b) => a - b), bytes.length];
  return marks.slice(1).map((to, index) => bytes.subarray(marks[index], to));
};

async function kept(chunks: readonly Buffer[], takes: ((line: string) => boolean) | undefined, burstLines: number) {
  const secrets = new Secrets();
  secrets.add(secret);
  const clock = new ManualClock();
  const log = new ProcessLog({ clock, log: silentLog, file: null, secrets, maxLineChars: 60, keptLines: 50, storm: { burstLines, linesPerSecond: 10 } });
  const heard: string[] = [];
  log.onLine(({ seq, text }) => heard.push(`${seq} ${text}`));
  const stream = Readable.from(chunks, { objectMode: true });
  log.attach(stream, 'out', takes);
  await finished(stream);
  return { lines: log.read(1_000), heard, dropped: log.dropped };
}

describe('output kept in blocks', () => {
  it('is the same as line by line, however it is cut into pieces', async () => {
    await fc.assert(
      fc.asyncProperty(output, fc.array(fc.nat(), { maxLength: 8 }), fc.constantFrom(1_000, 12), async (parts, cuts, burst) => {
        const bytes = Buffer.concat(parts.map((part) => (part === '\x80' ? Buffer.from([0x80]) : Buffer.from(part))));
        const chunks = cutAt(bytes, cuts).filter(({ length }) => length > 0);
        // Whoever takes lines for himself gets them one by one.
        const [blocks, single] = await Promise.all([kept(chunks, undefined, burst), kept(chunks, () => false, burst)]);
        expect(blocks).toEqual(single);
      }),
      { numRuns: 200 },
    );
  });

  it('costs the credit of each of its lines', async () => {
    const eight = [Buffer.from('a line\n'.repeat(8)), Buffer.from('x\n'.repeat(8))];
    const { lines, dropped } = await kept(eight, undefined, 12);
    expect([lines.filter(({ stream }) => stream === 'out').length, dropped]).toEqual([12, 4]);
  });

  it('does not hold back a progress bar, which ends its lines with a bare CR', async () => {
    const log = new ProcessLog({ clock: new ManualClock(), log: silentLog, file: null });
    const stream = new PassThrough();
    log.attach(stream, 'out');
    stream.write('begin\n10 %\r20 %\r');
    await new Promise((resolve) => setImmediate(resolve));
    expect(log.read(10).map(({ text }) => text)).toEqual(['begin', '10 %', '20 %']);
  });

  it('stands in the file as it stands in memory', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'roost-blocks-'));
    try {
      const clock = new ManualClock(1_700_000_000_000);
      const file = new LogFile({ path: join(dir, 'x.log'), clock, log: silentLog });
      const log = new ProcessLog({ clock, log: silentLog, file });
      const stream = new PassThrough();
      log.attach(stream, 'err');
      log.note('first');
      stream.write('one\ntwo\nthree\nfo');
      stream.write('ur\n\n\x1b[1msix\x1b[0m\nseven\n');
      await new Promise((resolve) => setImmediate(resolve));
      log.note('last');
      await log.close();
      const lines = log.read(100).map(({ atMs, stream: kind, text }) => `${new Date(atMs).toISOString()} ${kind} ${text}\n`);
      expect(await readFile(join(dir, 'x.log'), 'utf8')).toBe(lines.join(''));
      expect(lines.map((line) => line.slice(25, -1))).toEqual([
        'roost first',
        'err one',
        'err two',
        'err three',
        'err four',
        'err ',
        'err six',
        'err seven',
        'roost last',
      ]);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });

  it('counts every line of a block that the file has no room for', async () => {
    const file = new LogFile({ path: '/dev/null/x.log', clock: new ManualClock(), log: silentLog, maxPendingBytes: 100 });
    file.appendBlock(Buffer.alloc(90, 'a\n'), 45);
    file.appendBlock(Buffer.alloc(20, 'b\n'), 10);
    expect(file.lost).toBe(10);
    // The rest is lost when it cannot be written.
    await file.close();
    expect(file.lost).toBe(55);
  });
});

describe('the ring of lines', () => {
  it('reads what single lines would read, however they came together', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 40 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 12 }), fc.integer({ min: -1, max: 250 }), fc.integer({ min: -1, max: 40 }), (counts, keep, after, limit) => {
        const ring = new LineRing(keep);
        const all: { seq: number; text: string }[] = [];
        for (const count of counts) {
          const texts = Array.from({ length: count }, (_, n) => `line ${all.length + n + 1}`);
          for (const text of texts) all.push({ seq: all.length + 1, text });
          expect(ring.add({ count, atMs: 0, stream: 'out', text: texts.join('\n') })).toBe(all.length);
        }
        const wanted = all.slice(-keep).filter(({ seq }) => seq > after);
        expect(ring.read(limit, after).map(({ seq, text }) => ({ seq, text }))).toEqual(limit <= 0 ? [] : wanted.slice(-limit));
      }),
      { numRuns: 400 },
    );
  });
});

describe('pieces of a pipe', () => {
  it('lose and swap no byte, hand on whole lines, and hold back no more than a beginning', () => {
    fc.assert(
      fc.property(output, fc.array(fc.nat(), { maxLength: 12 }), fc.integer({ min: 0, max: 30 }), (parts, cuts, mostCarried) => {
        const bytes = Buffer.from(parts.join(''));
        let given = '';
        const pieces = new Pieces({
          mostCarried,
          whole: (some) => {
            expect(given === '' || given.endsWith('\n')).toBe(true);
            expect(some.toString('latin1').endsWith('\n')).toBe(true);
            given += some.toString('latin1');
          },
          torn: (some) => {
            given += some.toString('latin1');
          },
        });
        let pushed = 0;
        for (const chunk of cutAt(bytes, cuts)) {
          pieces.push(chunk);
          pushed += chunk.length;
          expect(pushed - given.length).toBeLessThanOrEqual(mostCarried);
        }
        pieces.end();
        expect(given).toBe(bytes.toString('latin1'));
      }),
      { numRuns: 300 },
    );
  });
});
