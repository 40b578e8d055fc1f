import type { SafeMode } from './start-record.js';

/** Where the whole stands; changed by the supervisor alone, read by everyone who reports or refuses. */
export interface Phase {
  starting: boolean;
  stopping: boolean;
  safeMode: SafeMode | null;
}
