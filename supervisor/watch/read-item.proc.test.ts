import { lstatSync } from 'node:fs';
import { expect, it } from 'vitest';
import { onLinux } from '../../core/base/test-conditions.js';
import { seenOf } from './folder-files.js';
import { readItem } from './read-item.js';

// The kernel lets this one be opened and refuses to read it, to root as well.
it.runIf(onLinux('a file that cannot be read at this moment'))('leaves for later what cannot be read at this moment, and what is gone', async () => {
  const needs = { text: true, json: false, hash: false };
  const file = seenOf('mem', lstatSync('/proc/self/mem', { bigint: true }));
  expect(await readItem('/proc/self', file, needs, () => false)).toMatchObject({
    kind: 'later',
    reason: expect.stringContaining('mem cannot be read') as string,
  });
  expect(await readItem('/proc/self', { ...file, key: 'another' }, needs, () => false)).toEqual({ kind: 'gone' });
  expect(await readItem('/proc/self', { ...file, size: 999_999_999 }, needs, () => false)).toMatchObject({ kind: 'refused' });
});
