/** Calls about sessions and limits beyond the first steps; part of the one table in methods.ts. */
export const sessionMethods = {} as const;
