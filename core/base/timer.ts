export interface Timer {
  cancel(): void;
}

/** The least that time is needed for: to know how much has passed, and to be woken. */
export interface Alarm {
  /** Monotonic ms: for durations and deadlines. */
  monoMs(): number;
  /** Runs `task` once after `delayMs`, at least 0 and finite. */
  after(delayMs: number, task: () => void): Timer;
}
