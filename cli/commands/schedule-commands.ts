import type { Command } from '../context.js';
import { reports } from './reports.js';
import { schedules } from './schedules.js';
import { watch } from './watch.js';

/** Commands about schedules, reports and drop folders. */
export const scheduleCommands: readonly Command[] = [schedules, reports, watch];
