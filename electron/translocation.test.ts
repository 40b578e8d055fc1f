import { expect, it } from 'vitest';
import { placeNote } from './translocation.js';

const copy = '/private/var/folders/zz/T/AppTranslocation/6C5A/d/Roost.app/Contents/MacOS/Roost';
const image = '/Volumes/Roost 0.1.0/Roost.app/Contents/MacOS/Roost';

it.each([
  ['a translocated app', 'darwin', copy, true, /temporary read-only copy.*folder Applications/],
  ['the same where nobody could tell that it is read-only', 'darwin', copy, false, /temporary read-only copy/],
  ['an app in its disk image', 'darwin', image, true, /from its disk image.*folder Applications/],
  ['an app on a second disk', 'darwin', image, false, null],
  ['an installed app', 'darwin', '/Applications/Roost.app/Contents/MacOS/Roost', false, null],
  ['a path of that name elsewhere', 'linux', copy, true, null],
] as const)('%s', (_what, platform, execPath, readOnly, words) => {
  const note = placeNote({ platform, execPath, readOnly });
  if (words === null) expect(note).toBeNull();
  else expect(note).toMatchObject({ code: 'app-translocated', process: 'roost', runbook: 'app-translocated', message: expect.stringMatching(words) });
});
