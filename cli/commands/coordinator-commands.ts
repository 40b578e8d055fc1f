import type { Command } from '../context.js';

/** Commands about the coordinator beyond looking at it. */
export const coordinatorCommands: readonly Command[] = [];
