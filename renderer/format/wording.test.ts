import { describe, expect, it } from 'vitest';
import type { ExitView, Health, ProcessView } from '../../contract/state.js';
import { healthOf, processOf } from '../../contract/test-state.js';
import { adviceFor } from './advice.js';
import { armChoiceText, closeText, exitText, healthHeadline, healthWord, isStartingUp, restartCausesText } from './wording.js';

const reason = (code: string, process = '') => ({ code, process, message: 'm', runbook: '' });
const health = (status: Health['status'], codes: readonly string[]): Health =>
  healthOf({ status, reasons: codes.map((code) => reason(code)), sessions: { ...healthOf().sessions, active: 1 } });
const process = (state: ProcessView['state'], required = true): ProcessView => processOf({ state, required });

describe('start-up', () => {
  it('is not an outage: the missing parts are named while they come up', () => {
    expect(isStartingUp(health('down', ['starting', 'redis-down', 'worker-down']), [process('starting'), process('stopped')])).toBe(true);
  });
  it('ends as soon as a required process is in trouble', () => {
    expect(isStartingUp(health('down', ['starting', 'worker-down']), [process('quarantined')])).toBe(false);
    expect(isStartingUp(health('down', ['starting']), [process('backoff', false)])).toBe(true);
  });
  it('is over when health says so', () => expect(isStartingUp(health('healthy', []), [])).toBe(false));
});

describe('healthHeadline', () => {
  it('says in words what the status means', () => {
    expect(healthHeadline(health('healthy', []), false)).toEqual({
      title: 'All warm',
      sentence: 'Everything required is up and proved to work. 3 agents ready, 1 session active.',
    });
    expect(healthHeadline(health('down', ['worker-down']), false).title).toBe('Down');
    expect(healthHeadline(health('degraded', ['pool-empty']), false).sentence).toContain('one thing needs');
    expect(healthHeadline(health('degraded', ['a', 'b']), false).sentence).toContain('2 things need');
    expect(healthHeadline(health('down', ['stopping']), false).title).toBe('Stopping');
    expect(healthWord(health('down', ['starting']), true)).toBe('Starting');
  });
});

describe('restartCausesText', () => {
  it('says what restarts answered, the most frequent first', () => {
    expect(restartCausesText({ stalled: 1, crash: 3, 'rate-limit': 2 })).toBe('3 crashed, 2 met too many requests, 1 stood still');
    expect(restartCausesText({})).toBe('');
    expect(restartCausesText(undefined)).toBe('');
  });
});

describe('exitText', () => {
  const exit = (part: Partial<ExitView>): ExitView => ({ atMs: 0, cause: 'crash', code: null, signal: null, message: '', ...part });
  it.each([
    [exit({ code: 1 }), 'crashed (code 1)'],
    [exit({ cause: 'signal', signal: 'SIGKILL' }), 'killed by a signal (SIGKILL)'],
    [exit({ cause: 'clean', code: 0 }), 'finished by itself'],
    [exit({ cause: 'stalled' }), 'stood still'],
  ])('%o', (given, text) => expect(exitText(given)).toBe(text));
});

it('says which arm served a turn, with what probability and why', () => {
  expect(armChoiceText({ arm: 'tools', propensity: 0.62, decisionKind: 'exploit' })).toBe('tools · 62 % · exploit');
  expect(armChoiceText({ arm: 'tools', propensity: null, decisionKind: null })).toBe('tools');
  expect(armChoiceText({ arm: null, propensity: 0.5, decisionKind: 'forced' })).toBeNull();
});

it('turns close codes into sentences and leaves sentences alone', () => {
  expect(closeText('shutting-down')).toBe('Roost is shutting down.');
  expect(closeText('Roost went silent.')).toBe('Roost went silent.');
  expect(closeText('odd')).toBe('Roost closed the connection (odd).');
});

it('advises by the state of the process, else by the code', () => {
  expect(adviceFor(reason('worker-down'), process('quarantined'))).toContain('every five minutes');
  expect(adviceFor(reason('worker-down'), process('backoff'))).toContain('by itself');
  expect(adviceFor(reason('queue-backlog'), undefined)).toContain('worker');
  expect(adviceFor(reason('starting'), process('starting'))).toContain('Nothing to do');
  expect(adviceFor(reason('something-new'), undefined)).not.toBe('');
});
