import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../core/base/clock.js';
import { silentLog } from '../core/base/log.js';
import { prepareDataDir } from './data-dir.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'roost-data-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

it('takes away what a killed run had half written in its own folders, and nothing else', async () => {
  const half = '.figures.json.2292.5818c221.tmp';
  const put = (path: string): void => writeFileSync(join(dir, path), 'x');
  for (const folder of ['run', 'history', 'workspaces']) mkdirSync(join(dir, folder));
  for (const path of [half, `run/${half}`, `history/${half}`, `workspaces/${half}`, 'run/figures.json', 'run/notes.tmp']) put(path);
  await prepareDataDir(dir, { version: '1.0.0', clock: systemClock, log: silentLog });
  const left = [half, `run/${half}`, `history/${half}`, `workspaces/${half}`, 'run/figures.json', 'run/notes.tmp'].filter((path) =>
    existsSync(join(dir, path)),
  );
  expect(left).toEqual([`workspaces/${half}`, 'run/figures.json', 'run/notes.tmp']);
});
