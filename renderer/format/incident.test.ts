import { expect, it } from 'vitest';
import { aboutText, detectedText, lifeText, offsetText, runbookOf, tookText } from './incident.js';
import { clockText } from './time.js';

it.each([
  [{ status: 'open', recoveryMs: null }, 'still open'],
  [{ status: 'resolved', recoveryMs: 1_500 }, 'over after 1.5 s'],
  [{ status: 'resolved', recoveryMs: null }, 'over, time unknown'],
] as const)('%j: %s', (incident, text) => expect(tookText(incident)).toBe(text));
it('counts from the beginning and never back', () => {
  expect(offsetText(1_400, 1_000)).toBe('+400 ms');
  expect(offsetText(900, 1_000)).toBe('+0 ms');
});
it('tells how long nobody could know', () => {
  expect(detectedText({ beganAtMs: 1_000, detectedAtMs: 1_020 })).toBe('at once');
  expect(detectedText({ beganAtMs: 1_000, detectedAtMs: 32_000 })).toBe('31 s after the last good sign');
});
it('names the process of a step whose sentence does not', () => {
  expect(aboutText({ process: 'api', message: 'It crashed with exit code 3.' })).toBe('api');
  expect(aboutText({ process: 'api', message: 'Roost started api again.' })).toBeNull();
});

it('says of which life last lines are, and when; as much of it as older records know', () => {
  const exit = { atMs: 60_000, cause: 'crash', code: 3, signal: null, message: 'It crashed.' } as const;
  expect(lifeText({ exit: { ...exit, life: { number: 3, startedAtMs: 56_000 } }, atMs: 60_050 })).toBe(`start 3, ended ${clockText(60_000)} after 4 s`);
  expect(lifeText({ exit, atMs: 60_050 })).toBe(`at ${clockText(60_000)}`);
  expect(lifeText({ exit: null, atMs: 60_050 })).toBe(`at ${clockText(60_050)}`);
  expect(lifeText({ exit: null })).toBe('when is not known');
});
it.each([
  ['redis', 'redis', 'redis-down'],
  ['roost', undefined, 'roost-died'],
  ['agent-4', 'agent', 'pool-empty'],
  ['pool', undefined, 'pool-empty'],
  ['mine', 'worker', 'worker-down'],
  ['worker-gone', undefined, 'worker-down'],
  ['schedule nightly', undefined, 'schedule-parked'],
  ['api', 'service', 'service-down'],
  ['gone', undefined, 'service-down'],
] as const)('an incident that %s (%s) began leads to %s', (process, kind, runbook) =>
  expect(runbookOf({ trigger: { process, cause: null, message: '' } }, kind)).toBe(runbook),
);
