import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { momentMs } from '../../contract/moments.js';
import { systemClock } from '../../core/base/clock.js';
import { parseLogLine, searchLog } from './log-search.js';

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'roost-search-'));
  path = join(dir, 'x.log');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const noon = Date.UTC(2026, 10, 22, 12);
const line = (second: number, text: string): string => `${new Date(noon + second * 1_000).toISOString()} out ${text}\n`;
const bounds = { clock: systemClock, chunkBytes: 100 };
const texts = async (query: Partial<Parameters<typeof searchLog>[1]>, more = {}) =>
  (await searchLog(path, { limit: 100, ...query }, { ...bounds, ...more })).lines.map(({ text }) => text);

/** Ten lines in each of three files, the oldest in `.2`, with text whose bytes are cut by the pieces. */
async function threeFiles(): Promise<void> {
  for (const [index, name] of ['x.log.2', 'x.log.1', 'x.log'].entries())
    await writeFile(
      join(dir, name),
      Array.from({ length: 10 }, (_, at) => line(index * 10 + at, `Zeile ${index * 10 + at} äöü ${at === 5 ? 'ERROR ünlucky' : ''}`)).join(''),
    );
}

describe('a search in a log', () => {
  it('goes over turned-over files and gives the newest, oldest first, with numbers that end at -1', async () => {
    await threeFiles();
    const { lines, truncated } = await searchLog(path, { limit: 15 }, bounds);
    expect(lines.map(({ text }) => Number(text.split(' ')[1]))).toEqual(Array.from({ length: 15 }, (_, at) => at + 15));
    expect(lines.map(({ seq }) => seq)).toEqual(Array.from({ length: 15 }, (_, at) => at - 15));
    expect(lines[0]).toMatchObject({ atMs: noon + 15_000, stream: 'out' });
    expect(truncated).toBe(false);
  });

  it.each([7, 33, 100, 4_096])('reads the same in pieces of %i bytes', async (chunkBytes) => {
    await threeFiles();
    expect(await texts({}, { chunkBytes })).toEqual(await texts({}, { chunkBytes: 1_000_000 }));
    expect(await texts({}, { chunkBytes })).toHaveLength(30);
  });

  it('by text in any case, by time with both ends, and by both', async () => {
    await threeFiles();
    expect(await texts({ search: 'error Ünlucky' })).toHaveLength(3);
    expect(await texts({ sinceMs: noon + 12_000, untilMs: noon + 14_000 })).toEqual(['Zeile 12 äöü ', 'Zeile 13 äöü ', 'Zeile 14 äöü ']);
    expect(await texts({ search: 'ERROR', sinceMs: noon + 10_000 })).toHaveLength(2);
    expect(await texts({ search: 'nowhere' })).toEqual([]);
  });

  it('stops reading where everything is older, yet not at one line of a clock that was set', async () => {
    await writeFile(join(dir, 'x.log.1'), line(-5_000, 'long ago').repeat(50));
    await writeFile(path, [line(10, 'a'), line(-9_999, 'while the clock was wrong'), line(12, 'b')].join(''));
    expect(await texts({ sinceMs: noon })).toEqual(['a', 'b']);
    const { truncated } = await searchLog(path, { limit: 10, sinceMs: noon }, { ...bounds, maxBytes: 400 });
    expect(truncated).toBe(false);
  });

  it('says when it could not read everything', async () => {
    await threeFiles();
    expect((await searchLog(path, { limit: 100, search: 'nowhere' }, { ...bounds, maxBytes: 300 })).truncated).toBe(true);
    expect((await searchLog(path, { limit: 100 }, { ...bounds, deadlineMs: -1 })).truncated).toBe(true);
  });

  it('passes over torn lines and finds nothing where there is no file', async () => {
    expect(await searchLog(path, { limit: 5 }, bounds)).toEqual({ lines: [], truncated: false });
    await writeFile(path, `half a li\n${line(1, 'whole')}2026-11-22T12:0`);
    expect(await texts({})).toEqual(['whole']);
    expect(parseLogLine('2026-11-22T12:00:00.000Z sideways x')).toBeUndefined();
  });
});

describe('a moment', () => {
  it.each([
    ['10m', noon - 600_000],
    ['1d', noon - 86_400_000],
    ['2026-11-22T11:00:00Z', noon - 3_600_000],
    ['2026-11-22T12:00:00.250+01:00', noon - 3_600_000 + 250],
    ['2026-11-22', Date.UTC(2026, 10, 22)],
    ['yesterday', undefined],
    ['2026-13-45T00:00:00Z', undefined],
    ['-5m', undefined],
    ['', undefined],
  ])('%s', (text, atMs) => expect(momentMs(text, noon)).toBe(atMs));
});
