/** Calls about the coordinator beyond looking at it; part of the one table in methods.ts. */
export const coordinatorMethods = {} as const;
