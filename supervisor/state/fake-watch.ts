import type { WatchView } from '../../contract/watch.js';

/** One drop folder as a test sees it behind the doors. */
export const fakeWatch: WatchView = {
  name: 'inbox',
  path: '/srv/inbox',
  kind: 'directory',
  handler: 'command',
  queue: 'analysis',
  state: 'watching',
  problem: null,
  everyMs: 3_000,
  lastScanAtMs: 1_700_000_000_000,
  scanMs: 4,
  present: 2,
  queued: 12,
  rejected: 1,
  settling: 1,
  behind: 0,
  lagMs: 500,
  open: null,
  rejects: [{ atMs: 1_700_000_000_000, item: 'broken.json', reason: 'it is not JSON' }],
};
