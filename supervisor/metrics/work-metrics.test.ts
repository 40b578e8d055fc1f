import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { WorkMetrics } from './work-metrics.js';

const states = { starting: 1, idle: 2, busy: 3, ending: 0 };
const queue = (name: string, slots: number, busy: number) => ({ queue: name, slots, configured: slots, busy });

describe('figures of workers', () => {
  it('adds up the slots of a queue over its workers, and never shows less than none free', async () => {
    const registry = new Registry();
    const metrics = new WorkMetrics(registry);
    metrics.fill([{ queues: [queue('analysis', 4, 1), queue('trends', 1, 3)] }, { queues: [queue('analysis', 2, 2)] }], { waiting: 5, states });
    const text = await registry.metrics();
    for (const line of [
      'roost_worker_slots{queue="analysis",state="busy"} 3',
      'roost_worker_slots{queue="analysis",state="free"} 3',
      'roost_worker_slots{queue="trends",state="busy"} 3',
      'roost_worker_slots{queue="trends",state="free"} 0',
      'roost_handler_processes{state="starting"} 1',
      'roost_handler_processes{state="busy"} 3',
      'roost_handler_processes{state="ending"} 0',
      'roost_handler_jobs_waiting 5',
    ])
      expect(text.split('\n')).toContain(line);
  });

  it('forgets a queue that left, and does not count twice', async () => {
    const registry = new Registry();
    const metrics = new WorkMetrics(registry);
    metrics.fill([{ queues: [queue('old', 4, 1), queue('kept', 2, 1)] }], { waiting: 0, states });
    metrics.fill([{ queues: [queue('kept', 2, 1)] }], { waiting: 0, states });
    const text = await registry.metrics();
    expect(text).not.toContain('"old"');
    expect(text).toContain('roost_worker_slots{queue="kept",state="busy"} 1\n');
  });
});
