import type { Parsed } from '../args.js';
import type { Context } from '../context.js';
import type { Host } from '../host.js';

/** What each act of `roost schedules` gets. */
export interface ScheduleCall {
  readonly context: Context;
  readonly host: Host;
  readonly parsed: Parsed;
  readonly name: string;
  readonly asJson: boolean;
}

/** To the second, UTC. */
export const moment = (atMs: number | null | undefined): string =>
  atMs === null || atMs === undefined ? '-' : new Date(atMs).toISOString().slice(0, 19).replace('T', ' ');
