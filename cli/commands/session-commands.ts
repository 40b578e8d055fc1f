import type { Command } from '../context.js';

/** Commands about sessions and limits beyond the first steps. */
export const sessionCommands: readonly Command[] = [];
