import { expect, it } from 'vitest';
import { aboutText, detectedText, offsetText, tookText } from './incident.js';

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
