import type { Command } from '../context.js';
import { arms } from './arms.js';

/** Commands about the coordinator beyond looking at it. */
export const coordinatorCommands: readonly Command[] = [arms];
