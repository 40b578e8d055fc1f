import { describe, expect, it } from 'vitest';
import { ManualClock } from './manual-clock.js';
import { Scope } from './scope.js';

describe('scope', () => {
  it('releases in reverse order, once, and goes on past a release that throws', async () => {
    const clock = new ManualClock();
    const seen: string[] = [];
    const scope = new Scope(clock, (name) => seen.push(`error ${name}`));
    scope.add('first', () => void seen.push('first'));
    scope.add('second', () => {
      throw new Error('no');
    });
    scope.add('third', async () => void seen.push('third'));
    await Promise.all([scope.close(), scope.close()]);
    expect(seen).toEqual(['third', 'error second', 'first']);
  });

  it('ends within its deadline although a release hangs, and says which', async () => {
    const clock = new ManualClock();
    const errors: string[] = [];
    const scope = new Scope(clock, (name) => errors.push(name));
    let released = false;
    scope.add('last', () => {
      released = true;
    });
    scope.add('stuck', () => new Promise<void>(() => undefined));
    const closed = scope.close(1_000);
    await clock.advance(1_000);
    await closed;
    expect(errors).toContain('stuck');
    expect(released).toBe(true);
  });

  it('releases at once what is added after closing', async () => {
    const scope = new Scope(new ManualClock());
    await scope.close();
    let released = false;
    scope.add('late', () => {
      released = true;
    });
    await Promise.resolve();
    expect(released).toBe(true);
  });

  it('skips a round while the one before is running, and stops with the scope', async () => {
    const clock = new ManualClock();
    const scope = new Scope(clock);
    let rounds = 0;
    let finish: () => void = () => undefined;
    scope.every('round', 10, () => {
      rounds++;
      return new Promise<void>((resolve) => (finish = resolve));
    });
    await clock.advance(35);
    expect(rounds).toBe(1);
    finish();
    await clock.advance(10);
    expect(rounds).toBe(2);
    await scope.close();
    await clock.advance(100);
    expect(rounds).toBe(2);
    expect(scope.signal.aborted).toBe(true);
  });
});
