/** Runs a task once everything has been read that lies there now: the loop reads between two of them, the first alone may come before it has. */
export const afterReading = (task: () => void): void => void setImmediate(() => setImmediate(task));
