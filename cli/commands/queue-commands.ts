import type { Command } from '../context.js';

/** Commands about queues, jobs and their control. */
export const queueCommands: readonly Command[] = [];
