import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { OwnFile } from '../../contract/handler-messages.js';
import { systemClock } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { HandlerCatalogue } from './handler-catalogue.js';
import { UnreadableFile } from './handler-process.js';

const handler = { name: 'mine', summary: 'Mine', queue: 'trends', softMs: 1_000, hardMs: 2_000, retry: 'none', effect: 'none' };
const mine = { file: 'mine.js', handler } as unknown as OwnFile;

let folder: string;
let catalogue: HandlerCatalogue;
let reads: string[];
let looks: number;
/** What comes of the coming rounds, each in a process of its own; the last one goes on. */
let rounds: ((skip: readonly string[]) => OwnFile[])[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'roost-catalogue-'));
  writeFileSync(join(folder, 'mine.js'), '1');
  reads = [];
  looks = 0;
  // Its own: a look of the test before may still be under way.
  const own: typeof rounds = [];
  rounds = own;
  catalogue = new HandlerCatalogue({
    clock: systemClock,
    log: silentLog,
    folder: () => {
      looks++;
      return folder;
    },
    routes: () => ({}),
    spare: async () => ({
      list: async (skip) => ((own.length > 1 ? own.shift() : own[0]) ?? (() => []))(skip),
      end: async () => ({ atMs: 0, cause: 'deliberate', code: 0, signal: null, message: '' }),
    }),
    onRead: (files) => void reads.push(files.map((one) => ('problem' in one ? `${one.file}: ${one.problem}` : one.handler.name)).join(', ')),
    lookEveryMs: 5,
    retryMs: 20,
  });
});
afterEach(async () => {
  await catalogue.stop();
  rmSync(folder, { recursive: true, force: true });
});

const late = (file: string) => (): never => {
  throw new UnreadableFile(file, 'it does not load within 10 s', true);
};
const soon = (check: () => unknown): Promise<unknown> => vi.waitFor(check, { timeout: 10_000, interval: 5 });

describe('the folder of own handlers', () => {
  it('is read again when the process for it did not come up: the file has not changed, the machine was busy', async () => {
    rounds.push(late(''), () => [mine]);
    await catalogue.start();
    expect(catalogue.get('mine')).toBeUndefined();
    await soon(() => expect(catalogue.get('mine')).toBeDefined());
    expect(reads).toEqual(['mine']);
  });

  it('has a file tried again that took too long, and tells it once', async () => {
    const skipped: string[][] = [];
    const without = (skip: readonly string[]): OwnFile[] => {
      skipped.push([...skip]);
      return [];
    };
    rounds.push(late('mine.js'), without, late('mine.js'), without, () => [mine]);
    await catalogue.start();
    expect(catalogue.files).toEqual([{ file: 'mine.js', problem: 'it does not load within 10 s' }]);
    await soon(() => expect(catalogue.get('mine')).toBeDefined());
    expect(skipped).toEqual([['mine.js'], ['mine.js']]);
    expect(reads).toEqual(['mine.js: it does not load within 10 s', 'mine']);
  });

  it('does not have a file tried again that ends its process, until it changes', async () => {
    let tries = 0;
    const ends = (): never => {
      tries++;
      throw new UnreadableFile('mine.js', 'it ends the process that loads it', false);
    };
    rounds.push(ends, () => [], ends);
    await catalogue.start();
    // Many looks later, each of which was far enough from the one before for a second try.
    await soon(() => expect(looks).toBeGreaterThan(30));
    expect(tries).toBe(1);
    rounds.splice(0, rounds.length, () => [mine]);
    writeFileSync(join(folder, 'mine.js'), 'changed');
    await soon(() => expect(catalogue.get('mine')).toBeDefined());
    expect(reads).toEqual(['mine.js: it ends the process that loads it', 'mine']);
  });
});
