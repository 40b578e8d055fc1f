import { reportMethods } from './reports.js';

/** Calls about schedules, reports and drop folders; part of the one table in methods.ts. */
export const scheduleMethods = { ...reportMethods } as const;
