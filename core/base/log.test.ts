import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLog, redact } from './log.js';
import { ManualClock } from './manual-clock.js';

const canary = 'c4n4ry-5ecret';

describe('redaction', () => {
  it.each(['password', 'redisPassword', 'pass', 'token', 'apiKey', 'api_key', 'API-KEY', 'authorization', 'Cookie', 'clientSecret', 'credentials'])(
    'hides what stands under %s',
    (key) => {
      expect(JSON.stringify(redact({ deep: [{ [key]: canary }] }))).not.toContain(canary);
    },
  );

  it.each([`redis://user:${canary}@127.0.0.1:6379/0`, `could not reach rediss://:${canary}@host`, `a https://x:${canary}@y b https://p:${canary}@q`])(
    'hides the password of %s',
    (text) => {
      expect(redact(text)).not.toContain(canary);
      expect(redact(text)).toContain('***@');
    },
  );

  it('hides inside errors and their causes', () => {
    const error = new Error(`connect redis://:${canary}@h`, { cause: new Error(`again redis://:${canary}@h`) });
    expect(JSON.stringify(redact({ error }))).not.toContain(canary);
  });

  it('keeps what is no secret and never throws', () => {
    expect(redact({ process: 'redis', pid: 4 })).toEqual({ process: 'redis', pid: 4 });
    fc.assert(fc.property(fc.anything(), (value) => void redact(value)));
  });

  it('ends on an object that holds itself', () => {
    const ring: Record<string, unknown> = {};
    ring['ring'] = ring;
    expect(JSON.stringify(redact(ring))).toContain('…');
  });
});

describe('log', () => {
  it('writes one JSON line with time, level, room and redacted fields, from its level up', () => {
    const lines: string[] = [];
    const log = createLog({ clock: new ManualClock(0), level: 'info', sink: (line) => lines.push(line) })
      .child('pool')
      .child('slot');
    log.debug('not this');
    log.warn('line one\nline two', { token: canary, pid: 7 });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { time: '1970-01-01T00:00:00.000Z', level: 'warn', room: 'pool/slot', message: 'line one\nline two', token: '***', pid: 7 },
    ]);
    expect(lines[0]).not.toContain('\n');
  });
});
