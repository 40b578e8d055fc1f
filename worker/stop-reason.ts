/** Reasons a job's signal is aborted with. */
export const stopReasons = {
  /** A person no longer wants the result. */
  cancelled: 'cancelled',
  /** The job goes back to its queue and runs again elsewhere. */
  handBack: 'hand-back',
} as const;

/** Thrown by a handler that was stopped: its job is on the way back and must change nothing more. */
export class HandedBack extends Error {
  constructor() {
    super('the job goes back to its queue');
    this.name = 'HandedBack';
  }
}
