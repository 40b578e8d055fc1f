import { Counter, Gauge, type Registry } from 'prom-client';
import { type RunKind, type ScheduleView, scheduleStates } from '../../contract/schedules.js';

/** Figures of schedules. Their names are a closed set: those of the config. */
export class ScheduleMetrics {
  readonly #fired: Counter<'schedule' | 'kind'>;
  readonly #missed: Counter<'schedule'>;
  readonly #skipped: Counter<'schedule'>;
  readonly #parked: Counter<'schedule'>;
  readonly #states: Gauge<'state'>;
  readonly #next: Gauge<'schedule'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#fired = new Counter({
      name: 'roost_schedule_fires_total',
      help: 'Runs put in line, by what asked for them.',
      labelNames: ['schedule', 'kind'],
      registers,
    });
    this.#missed = new Counter({ name: 'roost_schedule_missed_total', help: 'Runs whose time passed unseen.', labelNames: ['schedule'], registers });
    this.#skipped = new Counter({
      name: 'roost_schedule_skipped_total',
      help: 'Runs left out because the one before had not ended.',
      labelNames: ['schedule'],
      registers,
    });
    this.#parked = new Counter({
      name: 'roost_schedule_parked_total',
      help: 'Times a schedule was set aside because its job killed what ran it.',
      labelNames: ['schedule'],
      registers,
    });
    this.#states = new Gauge({ name: 'roost_schedules', help: 'Schedules by state.', labelNames: ['state'], registers });
    this.#next = new Gauge({
      name: 'roost_schedule_next_seconds',
      help: 'Time until the next run; absent while there is none.',
      labelNames: ['schedule'],
      registers,
    });
  }

  fired(schedule: string, kind: RunKind): void {
    this.#fired.inc({ schedule, kind });
  }

  missed(schedule: string, count: number): void {
    this.#missed.inc({ schedule }, count);
  }

  skipped(schedule: string): void {
    this.#skipped.inc({ schedule });
  }

  parked(schedule: string): void {
    this.#parked.inc({ schedule });
  }

  fill(schedules: readonly ScheduleView[], nowMs: number): void {
    for (const state of scheduleStates) this.#states.set({ state }, schedules.filter((one) => one.state === state).length);
    this.#next.reset();
    for (const { name, next } of schedules) if (next[0] !== undefined) this.#next.set({ schedule: name }, Math.max(0, next[0] - nowMs) / 1_000);
  }
}
