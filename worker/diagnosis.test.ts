import { describe, expect, it } from 'vitest';
import { fromWorkerSchema } from '../contract/messages.js';
import { diagnosisLines, runtimeFacts } from './diagnosis.js';

describe('a diagnosis', () => {
  it('says what is in hand and what the process waits for, and fits its message', () => {
    const jobs = Array.from({ length: 100 }, (_, n) => ({
      queue: 'turns',
      id: `t${n}`,
      name: 'turn',
      sinceMs: 10_000,
      steps: 2,
      ...(n === 0 ? { quietMs: 9_000 } : {}),
    }));
    const lines = diagnosisLines({ connected: false, jobs, nowMs: 55_000, runtime: runtimeFacts() });
    expect(lines[0]).toContain('without a connection to Redis');
    expect(lines).toContain('holds turn t1 of turns for 45 s, 2 steps');
    expect(lines.find((line) => line.includes('turn t0 '))).toContain('announced to wait 9 s more');
    expect(fromWorkerSchema.safeParse({ type: 'diagnosis', lines }).success).toBe(true);
  });

  it('tells kinds and counts, nothing of arguments or environment', () => {
    const facts = runtimeFacts();
    expect(facts.heapUsedBytes).toBeGreaterThan(1_000_000);
    const text = JSON.stringify(facts);
    expect(text).not.toContain(process.env['PATH'] ?? 'no path');
    expect(text).not.toContain(process.argv[1] ?? 'no script');
  });
});
