import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeDirectory } from './make-directory.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'roost-make-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

it('makes what is missing for its owner only, also when it is there or somebody else makes it', async () => {
  const path = join(dir, 'a', 'b c', 'ü');
  await Promise.all([makeDirectory(path), makeDirectory(path), makeDirectory(join(dir, 'a'))]);
  await makeDirectory(path);
  expect(statSync(path).mode & 0o777).toBe(0o700);
});

it('a place where nothing can be made is an error at once', async () => {
  writeFileSync(join(dir, 'file'), '');
  await expect(makeDirectory(join(dir, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(makeDirectory(join(dir, 'file', 'x'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  if (process.platform === 'linux') await expect(makeDirectory('/proc/roost/x')).rejects.toMatchObject({ code: 'ENOENT' });
});
