import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../../core/base/manual-clock.js';
import { processorMs } from '../../../core/base/test-times.js';
import { KeptOutput, turnOf } from '../test-turn.js';
import { createKnowledgeEngine, createKnowledgeLookup } from './knowledge-engine.js';
import { KnowledgeIndex, knowledgeLimits } from './knowledge-index.js';
import { passageOf } from './passage.js';
import { sectionsOf } from './sections.js';
import { queryTerms, termOf } from './terms.js';

describe('sections of a document', () => {
  test('split at headings with the path that leads to them', () => {
    const text = '---\ntitle: x\n---\nintro\n\n# Guide\n\nabout\n\n## Starting `up` ##\n\nrun it\n\n### Deep\nd\n# Other\no\n';
    expect(sectionsOf('a.md', text).map(({ heading, title, line, text: body }) => [heading, title, line, body])).toEqual([
      ['a.md', 'a.md', 1, 'intro'],
      ['Guide', 'Guide', 6, 'about'],
      ['Guide > Starting up', 'Starting up', 10, 'run it'],
      ['Guide > Starting up > Deep', 'Deep', 14, 'd'],
      ['Other', 'Other', 16, 'o'],
    ]);
  });

  test('a # inside a fence is code, an unclosed fence runs to the end', () => {
    expect(sectionsOf('a.md', '# A\n```sh\n# no heading\n```\n# B\n~~~\n# still code\n').map((section) => section.title)).toEqual(['A', 'B']);
    expect(sectionsOf('a.md', '#nospace\n#######seven\n    # code\n')).toMatchObject([{ title: 'a.md' }]);
    expect(sectionsOf('a.md', '')).toEqual([]);
    expect(sectionsOf('a.md', '# only a heading')).toEqual([]);
  });

  test('a level that was left out leaves no hole in the path', () => {
    expect(sectionsOf('a.md', '### Deep first\nx').map((section) => section.heading)).toEqual(['Deep first']);
  });

  test('a huge section becomes several, a huge line is cut', () => {
    const sections = sectionsOf('a.md', `# Big\n${'word word word\n'.repeat(2_000)}`);
    expect(sections.length).toBeGreaterThan(2);
    expect(Math.max(...sections.map((section) => section.text.length))).toBeLessThanOrEqual(8_100);
    expect(sectionsOf('a.md', 'x'.repeat(1_000_000))[0]?.text.length).toBe(4_000);
  });

  test('hostile Markdown is read in no time', () => {
    const started = processorMs();
    for (const text of [
      '['.repeat(100_000),
      `# ${'[a]('.repeat(2_000)}`,
      '# '.repeat(100_000),
      '`'.repeat(100_000),
      '\n'.repeat(100_000),
      `# ${'# '.repeat(2_000)}x`,
    ])
      sectionsOf('a.md', text);
    expect(processorMs() - started).toBeLessThan(1_000);
  });
});

describe('terms', () => {
  test.each([
    ['sessions', 'session'],
    ['restarted', termOf('restarting')],
    ['scheduled', termOf('schedules')],
    ['stopping', 'stop'],
    ['policies', termOf('policy')],
    ['Rédis', 'redis'],
    ['queues', termOf('queued')],
  ])('%s becomes %s', (word, term) => {
    expect(termOf(word)).toBe(term);
  });

  test('words without weight drop out, doubles too', () => {
    expect(queryTerms('What is the pool? And the POOLS?')).toEqual(['pool']);
    expect(queryTerms('what is it')).toEqual([]);
  });
});

test('a passage shows the part that speaks about the terms and marks what is left out', () => {
  const text = `${'first words here. '.repeat(30)}\n\nthe parrot sleeps\n\n${'last words here. '.repeat(35)}`;
  const passage = passageOf({ file: 'a.md', heading: 'A', title: 'A', line: 1, text }, ['parrot']);
  expect(passage).toContain('the parrot sleeps');
  expect(passage.length).toBeLessThan(720);
  expect(passage).toContain('…');
  const single = passageOf({ file: 'a.md', heading: 'A', title: 'A', line: 1, text: 'word '.repeat(400) }, ['word']);
  expect(single.length).toBeLessThan(720);
});

describe('the index', () => {
  let dir: string;
  let clock: ManualClock;
  const signal = new AbortController().signal;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'roost-knowledge ü-'));
    clock = new ManualClock();
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const titles = async (index: KnowledgeIndex, question: string): Promise<string[]> =>
    (await index.find(question, 3, signal)).passages.map((passage) => passage.section.title);

  test('finds by heading and text, keeps what is about something else away', async () => {
    await writeFile(join(dir, 'birds.md'), '# Parrots\n\nThey talk.\n\n# Owls\n\nThey hunt at night.\n');
    const index = new KnowledgeIndex({ folders: [dir], clock });
    expect(await titles(index, 'tell me about parrots')).toEqual(['Parrots']);
    expect(await titles(index, 'who hunts at night?')).toEqual(['Owls']);
    expect(await titles(index, 'quarterly revenue figures')).toEqual([]);
    expect(await titles(index, 'cage price for parrots')).toEqual([]);
    expect(await titles(index, '')).toEqual([]);
  });

  test('reads again only what changed, and forgets what is gone', async () => {
    const file = join(dir, 'birds.md');
    await writeFile(file, '# Parrots\n\nThey talk.\n');
    const index = new KnowledgeIndex({ folders: [dir], clock });
    expect(await titles(index, 'parrots')).toEqual(['Parrots']);
    await writeFile(file, '# Penguins\n\nThey swim.\n');
    await utimes(file, 1, 1);
    expect(await titles(index, 'penguins')).toEqual([]);
    await clock.advance(knowledgeLimits.freshMs);
    expect(await titles(index, 'penguins')).toEqual(['Penguins']);
    expect(await titles(index, 'parrots')).toEqual([]);
    await rm(file);
    await clock.advance(knowledgeLimits.freshMs);
    expect(await titles(index, 'penguins')).toEqual([]);
  });

  test('stays inside its folders and its limits, and says so', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'roost-outside-'));
    await writeFile(join(outside, 'secret.md'), '# Secret\n\nlaunch code\n');
    await symlink(outside, join(dir, 'link'));
    await symlink(join(outside, 'secret.md'), join(dir, 'secret.md'));
    await mkdir(join(dir, 'sub'));
    await writeFile(join(dir, 'sub', 'large.md'), 'x'.repeat(2_000));
    await writeFile(join(dir, 'sub', 'binary.md'), Buffer.from([0, 1, 2, 3]));
    await writeFile(join(dir, 'sub', 'notes.txt'), 'launch code');
    const index = new KnowledgeIndex({ folders: [dir, join(dir, 'missing')], clock, limits: { ...knowledgeLimits, maxFileBytes: 1_000 } });
    const answer = await index.find('launch code', 3, signal);
    expect(answer.passages).toEqual([]);
    expect(answer.notes.join('; ')).toMatch(/missing cannot be read.*binary\.md is binary.*large\.md is larger/);
    await rm(outside, { recursive: true });
  });

  test('stops when cancelled', async () => {
    const abort = new AbortController();
    abort.abort(new Error('enough'));
    await expect(new KnowledgeIndex({ folders: [dir], clock }).find('parrots', 3, abort.signal)).rejects.toThrow('enough');
  });

  test('the mode quotes and cites, and is honest when nothing fits', async () => {
    await writeFile(join(dir, 'birds.md'), '# Birds\n\n## Parrots\n\nThey talk.\n\nA lot.\n');
    const engine = createKnowledgeEngine(createKnowledgeLookup(new KnowledgeIndex({ folders: [dir], clock })));
    const found = new KeptOutput();
    await engine(turnOf('what do parrots do?'), found);
    expect(found.said).toBe('> They talk.\n>\n> A lot.\n\n[birds.md § Parrots]');
    expect(found.steps).toEqual(['Search the knowledge folders: 1 passages in 1 files']);
    const nothing = new KeptOutput();
    await engine(turnOf('quarterly revenue figures'), nothing);
    expect(nothing.said).toMatch(/^The 1 Markdown file I can search say nothing about that/);
    const empty = new KeptOutput();
    await createKnowledgeEngine(createKnowledgeLookup(new KnowledgeIndex({ folders: [], clock })))(turnOf('parrots'), empty);
    expect(empty.said).toMatch(/^There is no Markdown file to search/);
  });
});

describe('the guide that ships with Roost', () => {
  test.each([
    ['how does the warm pool work?', 'warm-pool.md'],
    ['what is an arm', 'coordinator.md'],
    ['what happens when Redis dies?', 'processes.md'],
    ['how do I resize the pool', 'warm-pool.md'],
    ['session status', 'sessions-and-turns.md'],
    ['which exit codes are there', 'command-line.md'],
    ['explain cold start', 'coordinator.md'],
    ['what is Roost', 'what-roost-is.md'],
    ['what to do when the worker is down', 'health.md'],
    ['how do I configure providers', 'configuration.md'],
  ])('%s is answered by %s', async (question, file) => {
    const index = new KnowledgeIndex({ folders: [resolve(import.meta.dirname, '../../../assets/knowledge')], clock: new ManualClock() });
    const answer = await index.find(question, 3, new AbortController().signal);
    expect(answer.passages[0]?.section.file).toBe(file);
  });

  test.each(['what is the capital of France', 'who won the football game yesterday', 'how do I bake bread'])('%s is not', async (question) => {
    const index = new KnowledgeIndex({ folders: [resolve(import.meta.dirname, '../../../assets/knowledge')], clock: new ManualClock() });
    expect((await index.find(question, 3, new AbortController().signal)).passages).toEqual([]);
  });
});
