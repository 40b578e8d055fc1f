/**
 * Flags of V8 for our own agent, which mostly waits: it needs no optimising compiler and no parallel
 * collector. Together 5 to 6 MB less resident in each agent of the pool.
 */
export const leanFlags = ['--no-opt', '--max-semi-space-size=1', '--single-threaded-gc'] as const;
