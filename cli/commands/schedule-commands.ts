import type { Command } from '../context.js';

/** Commands about schedules, reports and drop folders. */
export const scheduleCommands: readonly Command[] = [];
