import { appendFile, mkdtemp, readFile, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../contract/config.js';
import { systemClock } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { TurnHistory } from '../../core/sessions/turn-history.js';
import { ArchiveFiles } from './archive-file.js';
import { type Desk, deskHouse, eventually } from './test-desk.js';
import { TurnArchive } from './turn-archive.js';

const desks = deskHouse();
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'roost-archive-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function open(archiveAfterTurns = 5) {
  const desk = await desks.open();
  const { sessionId } = await desk.sessions.begin({ userId: 'ann' });
  const files = new ArchiveFiles(dir);
  const history = new TurnHistory(desk.redis, desk.keys);
  const config = configSchema.parse({ sessions: { archiveAfterTurns } });
  const archive = new TurnArchive({ history, files, feed: desk.feed, clock: systemClock, log: silentLog, config });
  return { desk, sessionId, files, history, archive };
}

async function answered(desk: Desk, sessionId: string, text: string): Promise<string> {
  const { turnId } = await desk.turns.create({ sessionId, text });
  const { turn } = await desk.turnStore.end(turnId, { status: 'done', text: `answer to ${text}`, endedAt: 1 });
  if (turn !== undefined) desk.feed.publish(turn);
  return turnId;
}

describe('TurnArchive', () => {
  it('keeps Redis small and gives every turn back, page by page, in order', async () => {
    const { desk, sessionId, archive } = await open();
    archive.start();
    for (let n = 0; n < 23; n++) await answered(desk, sessionId, `q${n}`);
    await eventually(async () => expect(await desk.redis.llen(desk.keys.sessionTurns(sessionId))).toBe(5));
    expect((await desk.redis.keys('t:turn:*')).length).toBe(5);
    const texts: string[] = [];
    let before: number | undefined;
    for (;;) {
      const page = await archive.page({ id: sessionId, limit: 4, ...(before === undefined ? {} : { before }) });
      expect(page.total).toBe(23);
      texts.unshift(...page.turns.map(({ prompt, text }) => `${prompt}: ${text}`));
      before = page.first;
      if (before === 0) break;
    }
    expect(texts).toEqual(Array.from({ length: 23 }, (_, n) => `q${n}: answer to q${n}`));
    expect(await archive.earlier(sessionId, 5)).toBe(18);
    expect((await stat(join(dir, 'archive', `${sessionId}.jsonl`))).mode & 0o777).toBe(0o600);
    await archive.stop();
  });

  it('counts turns at one moment: those that moved between two looks were counted nowhere', async () => {
    const { desk, sessionId, archive } = await open(2);
    for (let n = 0; n < 6; n++) await answered(desk, sessionId, `q${n}`);
    // Whoever asks twice finds that they moved in between.
    const slow = new Proxy(desk.redis, {
      get: (redis, name) => (name === 'llen' ? (key: string) => archive.move(sessionId).then(() => redis.llen(key)) : Reflect.get(redis, name, redis)),
    });
    const { archived, kept } = await new TurnHistory(slow, desk.keys).counts(sessionId);
    expect(archived + kept).toBe(6);
  });

  it('misses no turn of a page when turns move to the disk between two looks', async () => {
    const { desk, sessionId, archive, files, history } = await open(2);
    for (let n = 0; n < 6; n++) await answered(desk, sessionId, `q${n}`);
    let moved = false;
    const moving = Object.assign(Object.create(history) as TurnHistory, {
      counts: (id: string) => history.counts(id),
      async range(id: string, from: number, to: number) {
        if (!moved) await archive.move(sessionId);
        moved = true;
        return history.range(id, from, to);
      },
    });
    const config = configSchema.parse({ sessions: { archiveAfterTurns: 2 } });
    const reading = new TurnArchive({ history: moving, files, feed: desk.feed, clock: systemClock, log: silentLog, config });
    const page = await reading.page({ id: sessionId, limit: 100 });
    expect(page.turns.map(({ prompt }) => prompt)).toEqual(['q0', 'q1', 'q2', 'q3', 'q4', 'q5']);
  });

  it('a turn that lay in the archive could not be read or rated: now it is found by its id, and the rating stands there', async () => {
    const { desk, sessionId, archive, files, history } = await open(1);
    const ids: string[] = [];
    for (let n = 0; n < 4; n++) ids.push(await answered(desk, sessionId, `q${n}`));
    await archive.move(sessionId);
    const old = ids[1] as string;
    expect(await archive.find('t-nobody')).toBeUndefined();
    const turn = await archive.find(old);
    expect(turn).toMatchObject({ id: old, prompt: 'q1', rating: null });
    expect(await archive.rated(turn as NonNullable<typeof turn>, { rating: 4, reward: 0.75 })).toMatchObject({ rating: 4 });
    // A new start reads what the last one wrote, also over a line that was cut off.
    await appendFile(join(dir, 'archive', `${sessionId}.late.jsonl`), '\n{"id":"t-cut","rat');
    const again = new ArchiveFiles(dir);
    await again.amend(sessionId, ids[0] as string, { suggestion: 'shorter' });
    expect(await again.find(old)).toMatchObject({ prompt: 'q1', text: 'answer to q1', rating: 4, reward: 0.75 });
    const page = await archive.page({ id: sessionId, limit: 10 });
    expect(page.turns.map(({ rating, suggestion }) => [rating, suggestion])).toEqual([
      [null, 'shorter'],
      [4, null],
      [null, null],
      [null, null],
    ]);
    // Rated after it was read for the archive and before it left Redis.
    const late = ids[3] as string;
    await answered(desk, sessionId, 'last');
    const slow = Object.assign(Object.create(files) as ArchiveFiles, {
      append: async (...args: Parameters<ArchiveFiles['append']>) => {
        await files.append(...args);
        await desk.turnStore.patch(late, { rating: 2, reward: 0.25 });
      },
      amend: (...args: Parameters<ArchiveFiles['amend']>) => files.amend(...args),
    });
    const config = configSchema.parse({ sessions: { archiveAfterTurns: 1 } });
    await new TurnArchive({ history, files: slow, feed: desk.feed, clock: systemClock, log: silentLog, config }).move(sessionId);
    expect(await archive.find(late)).toMatchObject({ rating: 2, reward: 0.25 });
  });

  it('never moves a turn that has not ended, nor what stands behind it', async () => {
    const { desk, sessionId, archive } = await open(1);
    await answered(desk, sessionId, 'old');
    await desk.turns.create({ sessionId, text: 'open' });
    await answered(desk, sessionId, 'new');
    await archive.move(sessionId);
    expect((await desk.turnStore.bySession(sessionId, 10)).map(({ prompt }) => prompt)).toEqual(['open', 'new']);
  });

  it('loses nothing and shows nothing twice when it dies between the file and Redis, or in the middle of a line', async () => {
    const { desk, sessionId, archive, files, history } = await open(2);
    for (let n = 0; n < 6; n++) await answered(desk, sessionId, `q${n}`);
    // Died after the file.
    await files.append(
      sessionId,
      (await history.range(sessionId, 0, 3)).flatMap(({ turn }) => turn ?? []),
      1,
    );
    // Died within a line.
    await appendFile(join(dir, 'archive', `${sessionId}.jsonl`), '\n{"id":"t-cut","sess');
    await archive.move(sessionId);
    const page = await archive.page({ id: sessionId, limit: 100 });
    expect(page.turns.map(({ prompt }) => prompt)).toEqual(['q0', 'q1', 'q2', 'q3', 'q4', 'q5']);
    expect(page).toMatchObject({ total: 6, first: 0 });
    expect((await readFile(join(dir, 'archive', `${sessionId}.jsonl`), 'utf8')).split('\n').length).toBeGreaterThan(6);
  });

  it('forgets files nobody has added to for a month, and only its own', async () => {
    const { desk, sessionId, archive, files } = await open(1);
    for (let n = 0; n < 3; n++) await answered(desk, sessionId, `q${n}`);
    await archive.move(sessionId);
    await appendFile(join(dir, 'archive', 'notes of a person.txt'), 'x');
    const path = join(dir, 'archive', `${sessionId}.jsonl`);
    await files.prune(systemClock.wallMs() - 30 * 86_400_000);
    expect((await stat(path)).size).toBeGreaterThan(0);
    await utimes(path, 1, 1);
    await utimes(join(dir, 'archive', 'notes of a person.txt'), 1, 1);
    await files.prune(systemClock.wallMs() - 30 * 86_400_000);
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
    expect((await stat(join(dir, 'archive', 'notes of a person.txt'))).size).toBe(1);
  });
});
