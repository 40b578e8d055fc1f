import { recurringMethods } from './recurring-methods.js';
import { reportMethods } from './reports.js';
import { watchMethods } from './watch.js';

/** Calls about schedules, reports and drop folders; part of the one table in methods.ts. */
export const scheduleMethods = { ...recurringMethods, ...reportMethods, ...watchMethods } as const;
