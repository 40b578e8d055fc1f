import { describe, expect, it } from 'vitest';
import { processorMs } from '../../core/base/test-times.js';
import { type KnownFile, planDirectory, type SeenFile, type Settling } from './directory-plan.js';
import { issuesOf } from './issues.js';
import { fillTemplate, needsOf } from './item-template.js';
import { contentOf, LineCutter } from './line-cutter.js';
import { type Cursor, isRotationOf, planCursors } from './log-cursors.js';
import { globMatch, isWanted } from './name-match.js';

const file = (name: string, more: Partial<SeenFile> = {}): SeenFile => ({
  name,
  key: `1:${name}`,
  born: name,
  size: 5,
  mtimeMs: 1_000,
  changedMs: 1_000,
  ...more,
});
const plan = (seen: SeenFile[], more: { known?: Map<string, KnownFile>; settling?: Map<string, Settling>; wallMs?: number; monoMs?: number } = {}) =>
  planDirectory({ seen, known: new Map(), settling: new Map(), wallMs: 10_000, monoMs: 0, settleMs: 2_000, ...more });

describe('planDirectory', () => {
  it('waits for what was written to a moment ago, and takes it once it is quiet', () => {
    const young = file('a', { changedMs: 9_000 });
    const first = plan([young]);
    expect([first.ready, first.settling.size]).toEqual([[], 1]);
    expect(plan([young], { wallMs: 11_000 }).ready).toHaveLength(1);
  });
  it('goes by its own clock where that of the disk runs ahead', () => {
    const ahead = file('a', { changedMs: 99_000 });
    const settling = new Map(plan([ahead]).settling);
    expect(plan([ahead], { settling, monoMs: 1_999 }).ready).toEqual([]);
    expect(plan([ahead], { settling, monoMs: 2_000 }).ready).toHaveLength(1);
    expect(plan([{ ...ahead, size: 6 }], { settling, monoMs: 5_000 }).ready).toEqual([]);
  });
  it('takes an empty file for one that was just begun', () => expect(plan([file('a', { size: 0 })]).settling.size).toBe(1));
  it('knows a file under any name, and tells it from another one with the same inode', () => {
    const known = new Map<string, KnownFile>([['1:a', { born: 'a', size: 5, mtimeMs: 1_000, jobId: 'j', state: 'queued', name: 'a', moved: false, again: 0 }]]);
    expect(plan([file('a', { name: 'renamed', size: 9 })], { known }).ready).toEqual([]);
    expect(plan([file('a', { born: 'later' })], { known }).ready).toHaveLength(1);
    expect(plan([file('a', { born: '' })], { known }).ready).toEqual([]);
    expect(plan([file('a', { born: '', mtimeMs: 1_500 })], { known }).ready).toHaveLength(1);
  });
  it('takes the oldest first', () => expect(plan([file('b'), file('c', { mtimeMs: 1 }), file('a')]).ready.map(({ name }) => name)).toEqual(['c', 'a', 'b']));
});

describe('names', () => {
  it.each([
    ['*', 'a.txt', true],
    ['*.json', 'a.json', true],
    ['*.json', 'a.json.bak', false],
    ['a?c*', 'abcd', true],
    ['', 'a', false],
    ['*a*b*c', 'xxaxxbxxc', true],
  ])('%s %s %s', (pattern, name, answer) => expect(globMatch(pattern, name)).toBe(answer));
  it('takes no time for many stars', () => {
    const startedMs = processorMs();
    globMatch('*a'.repeat(50), 'a'.repeat(250).concat('b'));
    expect(processorMs() - startedMs).toBeLessThan(1_000);
  });
  it.each(['.hidden', 'a.tmp', 'a.part', 'movie.crdownload', 'a~', '~lock', 'done', 'rejected', 'failed'])('leaves %s alone', (name) =>
    expect(isWanted('*', name)).toBe(false),
  );
});

describe('fillTemplate', () => {
  const fields = { path: '/in/a.json', name: 'a.json', item: { id: 7, deep: { words: ['x'] }, text: '{path}' } };
  it('puts values where a text is nothing else, and text inside of texts', () => {
    expect(fillTemplate({ argv: ['cat', '{path}'], id: '{item.id}', all: ['{item.deep}'], line: 'job {item.id} of {name} {other}', kept: 5 }, fields)).toEqual({
      argv: ['cat', '/in/a.json'],
      id: 7,
      all: [{ words: ['x'] }],
      line: 'job 7 of a.json {other}',
      kept: 5,
    });
  });
  it('never reads what came in as a template', () => expect(fillTemplate('{item.text}!', fields)).toBe('{path}!'));
  it('gives programs text', () =>
    expect(fillTemplate({ argv: ['{item.id}', ['{item.deep}']], n: '{item.id}' }, fields)).toEqual({ argv: ['7', ['{"words":["x"]}']], n: 7 }));
  it('reaches no prototype', () => expect(fillTemplate('{item.constructor}', fields)).toBeNull());
  it('says what has to be read', () => {
    expect(needsOf({ a: ['{path}'] })).toEqual({ text: false, json: false });
    expect(needsOf({ a: [{ b: 'x {item.c}' }], t: '{text}' })).toEqual({ text: true, json: true });
  });
});

describe('LineCutter', () => {
  it('cuts the same lines however the bytes come', () => {
    const bytes = Buffer.from('{"a":1}\r\n\nzwei ü\nlast');
    for (let size = 1; size <= bytes.length; size++) {
      const cutter = new LineCutter(10, 100);
      const lines = [];
      for (let at = 0; at < bytes.length; at += size) lines.push(...cutter.add(bytes.subarray(at, at + size)));
      expect(lines.map(({ offset, end, bytes: line }) => [offset, end, line.toString()])).toEqual([
        [10, 19, '{"a":1}'],
        [19, 20, ''],
        [20, 28, 'zwei ü'],
      ]);
      expect([cutter.lineStart, cutter.rest()?.bytes.toString()]).toEqual([28, 'last']);
    }
  });
  it('keeps no more of an endless line than its beginning', () => {
    const cutter = new LineCutter(0, 1_000);
    for (let index = 0; index < 5_000; index++) expect(cutter.add(Buffer.alloc(1_000, 'x'))).toEqual([]);
    const [line, next] = cutter.add(Buffer.from('y\nok\n'));
    expect(line).toMatchObject({ tooLong: true, offset: 0, end: 5_000_002 });
    expect(line?.bytes.length).toBeLessThanOrEqual(2_000);
    expect(next?.bytes.toString()).toBe('ok');
  });
  it.each([
    ['{"a":1}', 'item'],
    ['  ', 'blank'],
    ['{"a":', 'bad'],
    ['\uFEFF{}', 'item'],
  ])('reads %j as %s', (text, kind) => expect(contentOf({ offset: 0, end: 9, bytes: Buffer.from(text), tooLong: false }).kind).toBe(kind));
  it('refuses what is not UTF-8', () =>
    expect(contentOf({ offset: 0, end: 9, bytes: Buffer.from([0xff, 0x22]), tooLong: false })).toMatchObject({ kind: 'bad', reason: 'the line is not UTF-8' }));
});

describe('rotation', () => {
  it.each([
    ['app.log.1', true],
    ['app.log-20260301', true],
    ['app-2026-03-01.log', true],
    ['app.log', false],
    ['app.log.2.gz', false],
    ['app.log.rejected', false],
    ['other.log', false],
    ['application.log', false],
  ])('%s', (name, answer) => expect(isRotationOf('app.log', name)).toBe(answer));

  const cursor = (key: string, offset = 3): Cursor => ({ key, born: key, offset, epoch: 0, tail: '' });
  const log = (key: string, mtimeMs: number, name = key): SeenFile => ({ name, key, born: key, size: 9, mtimeMs, changedMs: mtimeMs });
  it('begins where it is told to', () => {
    expect(planCursors({ cursors: [], current: log('c', 5), siblings: [log('old', 1)], from: 'end' }).cursors).toMatchObject([{ key: 'c', offset: 9 }]);
    expect(planCursors({ cursors: [], current: undefined, siblings: [], from: 'start' }).cursors).toEqual([]);
  });
  it('reads the file before to its end, then those that came and went, then the new one', () => {
    const { cursors, lost } = planCursors({
      cursors: [cursor('a')],
      current: log('d', 40),
      siblings: [log('c', 30), log('a', 10), log('b', 20), log('older', 5)],
      from: 'end',
    });
    expect(cursors.map(({ key, offset }) => [key, offset])).toEqual([
      ['a', 3],
      ['b', 0],
      ['c', 0],
      ['d', 0],
    ]);
    expect(lost).toEqual([]);
  });
  it('took a file that it was done with for a new one, when both were written in one tick of the disk', () => {
    const born = (key: string, at: string): SeenFile => ({ ...log(key, 10), born: at });
    const { cursors } = planCursors({
      cursors: [{ ...cursor('b'), born: '200' }],
      current: born('d', '400'),
      siblings: [born('done', '100'), born('b', '200'), born('c', '300')],
      from: 'end',
    });
    expect(cursors.map(({ key }) => key)).toEqual(['b', 'c', 'd']);
  });
  it('tells a file that is gone', () =>
    expect(planCursors({ cursors: [cursor('a')], current: log('b', 1), siblings: [], from: 'start' }).lost).toHaveLength(1));
});

describe('issuesOf', () => {
  it('reads lists of JSON, with ids or without, and says which are none', () => {
    const { issues, bad } = issuesOf('{"issues":[{"id":1,"t":"a"},{"key":"X-2"},{"t":"no id"},"just text",5,null,{"id":1,"t":"again"}]}');
    expect(issues.map(({ id }) => id.replace(/[0-9a-f]{24}/, 'hash'))).toEqual(['id:1', 'key:X-2', 'content:hash', 'content:hash']);
    expect(bad).toHaveLength(3);
  });
  it('reads open boxes of Markdown', () => {
    const { issues } = issuesOf('# Issues\n\n- [ ] ROO-12 Warm the pool\n- [x] ROO-11 Done\n* [ ] #7 Short\n- not a box\n  - [ ] Without a number\n');
    expect(issues.map(({ id, text }) => [id.replace(/[0-9a-f]{24}/, 'hash'), text])).toEqual([
      ['id:ROO-12', 'ROO-12 Warm the pool'],
      ['id:7', '#7 Short'],
      ['content:hash', 'Without a number'],
    ]);
  });
  it.each(['{"a":1}', '{', '[1,'])('refuses %s', (text) => expect(() => issuesOf(text)).toThrow());
});
