import { recurringMethods } from './recurring-methods.js';
import { reportMethods } from './reports.js';

/** Calls about schedules, reports and drop folders; part of the one table in methods.ts. */
export const scheduleMethods = { ...recurringMethods, ...reportMethods } as const;
