import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FileSystem, realFiles } from '../../core/base/atomic-file.js';
import { silentLog } from '../../core/base/log.js';
import { ManualClock } from '../../core/base/manual-clock.js';
import { prepareDataDir } from '../data-dir.js';
import { settleDataFormat } from './data-format.js';
import { changedTexts, type FormatStep, formatSteps, judgeFormat, readFormat } from './format-steps.js';

/** From 1 to 2: counts move from one file to another. From 2 to 3: every number gets a unit. */
const steps: readonly FormatStep[] = [
  {
    what: 'counts have a file of their own',
    files: ['run/figures.json', 'run/counts.json'],
    change: (texts) => {
      const { counts, ...rest } = JSON.parse(texts.get('run/figures.json') ?? '{}');
      return new Map([
        ['run/figures.json', JSON.stringify(rest)],
        ['run/counts.json', JSON.stringify({ counts })],
      ]);
    },
  },
  {
    what: 'counts have a unit',
    files: ['run/counts.json'],
    change: (texts) => new Map([['run/counts.json', (texts.get('run/counts.json') ?? '').replace('7', '"7 starts"')]]),
  },
];

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'roost-format-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const clock = new ManualClock(1_700_000_000_000);
const settle = (known: readonly FormatStep[], more: { readonly fresh?: boolean; readonly version?: string; readonly files?: FileSystem } = {}): Promise<void> =>
  settleDataFormat({ dataDir: dir, fresh: false, version: '1.0.0', clock, log: silentLog, ...more, steps: known });
const read = (path: string): string => readFileSync(join(dir, path), 'utf8');
const mark = (): unknown => JSON.parse(read('format.json'));
/** As a Roost of the first format left it. */
const old = async (): Promise<void> => {
  await settle([]);
  await prepareDataDir(dir, { version: '1.0.0', clock, log: silentLog, steps: [] });
  writeFileSync(join(dir, 'run', 'figures.json'), '{"counts":7,"kept":true}');
};

describe('the format of data', () => {
  it('is judged by its number alone', () => {
    expect(judgeFormat(1, [])).toEqual({ kind: 'same' });
    expect(judgeFormat(2, [])).toEqual({ kind: 'newer' });
    expect(judgeFormat(1, steps)).toEqual({ kind: 'older', steps });
    expect(judgeFormat(2, steps)).toEqual({ kind: 'older', steps: [steps[1]] });
    expect(judgeFormat(3, steps)).toEqual({ kind: 'same' });
    expect(['1', 12, ' 3\n', '0', -1, 1.5, 'x', null, '1e3'].map(readFormat)).toEqual([
      1,
      12,
      3,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('steps see what the steps before them left, and may change only what they name', () => {
    const after = changedTexts(
      steps,
      new Map([
        ['run/figures.json', '{"counts":7,"kept":true}'],
        ['run/counts.json', null],
      ]),
    );
    expect(Object.fromEntries(after)).toEqual({ 'run/figures.json': '{"kept":true}', 'run/counts.json': '{"counts":"7 starts"}' });
    const greedy: FormatStep = { what: 'x', files: [], change: () => new Map([['roost.yaml', '']]) };
    expect(() => changedTexts([greedy], new Map())).toThrow(/does not name/);
  });
});

describe('the files of a data directory', () => {
  it('new ones are of the present format, old ones without a mark of the first', async () => {
    await settle(steps, { fresh: true });
    expect(mark()).toEqual({ format: 3, version: '1.0.0' });
    rmSync(join(dir, 'format.json'));
    await settle([]);
    expect(mark()).toEqual({ format: 1, version: '1.0.0' });
    await settle([], { version: '1.0.1' });
    expect(mark()).toEqual({ format: 1, version: '1.0.1' });
  });

  it('of a newer Roost are refused in words, and nothing is touched', async () => {
    await settle(steps, { fresh: true, version: '2.0.0' });
    const before = read('format.json');
    const refused = {
      code: 'newer-state',
      message: expect.stringMatching(/written by a newer Roost \(2\.0\.0, format 3\); this is Roost 1\.0\.0, which knows formats up to 1/),
    };
    await expect(prepareDataDir(dir, { version: '1.0.0', clock, log: silentLog, steps: [] })).rejects.toMatchObject(refused);
    expect(readdirSync(dir)).toEqual(['format.json']);
    expect(read('format.json')).toBe(before);
  });

  it('without a mark that can be read are left alone', async () => {
    writeFileSync(join(dir, 'format.json'), '{"format":');
    await expect(settle([])).rejects.toMatchObject({ code: 'newer-state', message: expect.stringContaining('delete that file') });
    expect(read('format.json')).toBe('{"format":');
  });

  it('of an older one are copied, changed step by step, and marked last', async () => {
    await old();
    await settle(steps, { version: '2.0.0' });
    expect([read('run/figures.json'), read('run/counts.json')]).toEqual(['{"kept":true}', '{"counts":"7 starts"}']);
    expect(mark()).toEqual({ format: 3, version: '2.0.0' });
    const [backup = ''] = readdirSync(join(dir, 'backup'));
    expect(backup).toMatch(/^format-1-\d+$/);
    expect(read(`backup/${backup}/run/figures.json`)).toBe('{"counts":7,"kept":true}');
  });

  it('a step that fails has changed nothing', async () => {
    await old();
    const before = read('format.json');
    const failing: FormatStep = { what: 'fails', files: ['run/figures.json'], change: () => JSON.parse('{') };
    await expect(settle([...steps, failing])).rejects.toThrow();
    expect([read('run/figures.json'), existsSync(join(dir, 'run', 'counts.json')), read('format.json')]).toEqual(['{"counts":7,"kept":true}', false, before]);
  });

  it('a change that was cut off after any of its writes is taken back and made anew, by the same Roost or an older one', async () => {
    for (const next of ['same', 'older'] as const) {
      for (let writes = 1; ; writes++) {
        rmSync(dir, { recursive: true, force: true });
        dir = mkdtempSync(join(tmpdir(), 'roost-format-'));
        await old();
        let left = writes;
        // What a kill does: from this write on nothing happens any more.
        const rename: FileSystem['rename'] = (from, to) => (left-- > 0 ? realFiles.rename(from, to) : Promise.reject(new Error('killed')));
        const cut = await settle(steps, { files: { ...realFiles, rename } }).then(
          () => false,
          () => true,
        );
        if (next === 'older' && cut) {
          await settle([]);
          expect([read('run/figures.json'), existsSync(join(dir, 'run', 'counts.json')), mark()]).toEqual([
            '{"counts":7,"kept":true}',
            false,
            { format: 1, version: '1.0.0' },
          ]);
        }
        await settle(steps);
        expect([read('run/figures.json'), read('run/counts.json'), mark()]).toEqual([
          '{"kept":true}',
          '{"counts":"7 starts"}',
          { format: 3, version: '1.0.0' },
        ]);
        if (!cut) break;
        expect(writes).toBeLessThan(20);
      }
    }
  });

  it('this version has no step yet: with the first one this test is replaced by one that brings real data of format 1 up', () => {
    expect(formatSteps).toEqual([]);
  });
});
