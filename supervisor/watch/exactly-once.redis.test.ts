import { appendFileSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { connect, type Redis, whenReady } from '../../core/redis/connection.js';
import { startTestRedis, type TestRedis } from '../../core/redis/test-redis.js';
import type { Scanner } from './scan.js';
import { Crash, FakeQueues, freshScanner, never, watchConfig } from './test-watch.js';

let server: TestRedis;
let redis: Redis;
let folder: string;
let aheadMs = 0;
/** Ahead of the disk, so that what is written is finished at once; a test moves it on. */
const clock: Clock = { ...systemClock, wallMs: () => systemClock.wallMs() + 5 + aheadMs };

beforeAll(async () => {
  server = await startTestRedis();
  redis = connect(server.address, 'calls', 'test', silentLog);
  await whenReady(systemClock, redis, 30_000);
});
/** Each history has a folder and a Redis of its own. */
const begin = async (): Promise<void> => {
  folder = mkdtempSync(join(tmpdir(), 'roost-watch-'));
  aheadMs = 0;
  await redis.flushall();
};
const end = (): void => rmSync(folder, { recursive: true, force: true });
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

/** Looks once; a crash on the way leaves only what is on the disk and in Redis. */
class Process {
  #scanner: Scanner | undefined;
  readonly queues = new FakeQueues();
  constructor(
    readonly path: string,
    readonly config: Record<string, unknown>,
  ) {}

  async look(crashAt = Number.POSITIVE_INFINITY): Promise<void> {
    const { queues } = this;
    queues.crash.left = crashAt;
    try {
      this.#scanner ??= await freshScanner({ redis, path: this.path, config: watchConfig(this.config), queues, dataDir: folder, clock });
      await this.#scanner.scan(never);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      this.#scanner = undefined;
    } finally {
      queues.crash.left = Number.POSITIVE_INFINITY;
    }
  }

  restart(): void {
    this.#scanner = undefined;
  }
}

const crashAt = fc.option(
  fc.double({ min: 1, max: 12, noNaN: true }).map((at) => Math.ceil(at * 2) / 2),
  { nil: undefined },
);

describe('a directory, across crashes, renames and restarts', () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('create' as const), count: fc.integer({ min: 1, max: 6 }) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('rename' as const), pick: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), pick: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('append' as const), pick: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('replace' as const), pick: fc.nat() }) },
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('look' as const), crashAt }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
  );

  it('makes exactly one job of each item', async () => {
    await fc.assert(
      fc
        .asyncProperty(fc.array(step, { minLength: 3, maxLength: 25 }), async (steps) => {
          const inbox = new Process(folder, { path: folder, data: { text: '{text}' } });
          let next = 0;
          /** Ids that must become a job, and those that were gone before anybody may have seen them. */
          const born = new Set<string>();
          const gone = new Set<string>();
          const present = new Map<string, string>();
          const nameOf = (pick: number): string | undefined => [...present.keys()][present.size === 0 ? 0 : pick % present.size];
          const create = (name: string): void => {
            const id = `item-${++next}`;
            writeFileSync(join(folder, name), id);
            born.add(id);
            present.set(name, id);
          };
          for (const one of steps) {
            const name = 'pick' in one ? nameOf(one.pick) : undefined;
            if (one.kind === 'create') for (let index = 0; index < one.count; index++) create(`f${next}.txt`);
            else if (one.kind === 'look') await inbox.look(one.crashAt);
            else if (one.kind === 'restart') inbox.restart();
            else if (name === undefined) continue;
            else if (one.kind === 'append') appendFileSync(join(folder, name), '\n');
            else {
              const id = present.get(name) ?? '';
              present.delete(name);
              if (one.kind === 'rename') {
                renameSync(join(folder, name), join(folder, `r${next++}.txt`));
                present.set(`r${next - 1}.txt`, id);
              } else {
                unlinkSync(join(folder, name));
                gone.add(id);
                if (one.kind === 'replace') create(name);
              }
            }
          }
          for (let round = 0; round < 3; round++) await inbox.look();
          inbox.restart();
          await inbox.look();
          const made = [...inbox.queues.jobs.values()].map((data) => (data as { text: string }).text.trim());
          expect(new Set(made).size).toBe(made.length);
          for (const id of born) if (!gone.has(id)) expect(made).toContain(id);
        })
        .beforeEach(begin)
        .afterEach(end),
      { numRuns: 60 },
    );
  });
});

describe('a log of lines, across crashes, rotation and restarts', () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('lines' as const), count: fc.integer({ min: 1, max: 8 }) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('half' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('garbage' as const) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('rotate' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('truncate' as const) }) },
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('look' as const), crashAt }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('later' as const) }) },
  );

  it('makes exactly one job of each line, in order, and writes each bad one down once', async () => {
    await fc.assert(
      fc
        .asyncProperty(fc.array(step, { minLength: 3, maxLength: 30 }), async (steps) => {
          const path = join(folder, 'app.log');
          writeFileSync(path, '');
          const log = new Process(path, { path, kind: 'jsonl', data: { id: '{item.id}' } });
          let [next, rotations, garbage] = [0, 0, 0];
          let half = '';
          await log.look();
          const finish = (): void => {
            if (half !== '') appendFileSync(path, `${half}\n`);
            half = '';
          };
          const catchUp = async (): Promise<void> => {
            for (let round = 0; round < 6; round++) await log.look();
          };
          for (const one of steps) {
            if (one.kind === 'look') await log.look(one.crashAt);
            else if (one.kind === 'restart') log.restart();
            else if (one.kind === 'later') aheadMs += 20_000;
            else {
              finish();
              if (one.kind === 'lines') for (let index = 0; index < one.count; index++) appendFileSync(path, `{"id":${++next}}\n`);
              else if (one.kind === 'garbage') appendFileSync(path, `not json ${++garbage}\n`);
              else if (one.kind === 'half') {
                appendFileSync(path, '{"id":');
                half = `${++next}}`;
              } else if (one.kind === 'rotate') {
                for (let index = rotations; index >= 1; index--) renameSync(`${path}.${index}`, `${path}.${index + 1}`);
                renameSync(path, `${path}.1`);
                writeFileSync(path, '');
                rotations += 1;
              } else {
                // What nobody had read before a log is cut back is lost to anybody.
                await catchUp();
                truncateSync(path, 0);
              }
            }
          }
          finish();
          await catchUp();
          aheadMs += 20_000;
          await catchUp();
          log.restart();
          await catchUp();
          const made = [...log.queues.jobs.values()].map((data) => (data as { id: number }).id);
          expect(made.toSorted((a, b) => a - b)).toEqual(Array.from({ length: next }, (_, index) => index + 1));
          const file = readdirSync(folder).includes('app.log.rejected') ? readFileSync(`${path}.rejected`, 'utf8') : '';
          const refused = file.split('\n').filter((line) => line !== '');
          expect(refused.map((line) => (JSON.parse(line) as { line: string }).line)).toHaveLength(garbage);
        })
        .beforeEach(begin)
        .afterEach(end),
      { numRuns: 60 },
    );
  });
});

it.each([1.5, 2, 2.5, 3, 4.5, 6, 6.5, 7, 7.5])('a log that is rotated after a crash in step %d of its very first look loses no line', async (step) => {
  await begin();
  try {
    const path = join(folder, 'app.log');
    writeFileSync(path, '{"id":1}\n{"id":2}\nbroken\n{"id":3}\n');
    const log = new Process(path, { path, kind: 'jsonl', data: { id: '{item.id}' } });
    await log.look(step);
    appendFileSync(path, '{"id":4}\n');
    renameSync(path, `${path}.1`);
    writeFileSync(path, '{"id":5}\n');
    for (let round = 0; round < 4; round++) await log.look();
    const made = [...log.queues.jobs.values()].map((data) => (data as { id: number }).id);
    expect(made.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5]);
    expect(readFileSync(`${path}.rejected`, 'utf8').trim().split('\n')).toHaveLength(1);
  } finally {
    end();
  }
});
