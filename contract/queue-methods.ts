/** Calls about queues, jobs and their control; part of the one table in methods.ts. */
export const queueMethods = {} as const;
