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

  it('tells of a step that keeps failing once a minute, of another failure and of the next one after a success at once', async () => {
    const clock = new ManualClock();
    const told: string[] = [];
    const scope = new Scope(clock, (name, error) => told.push(`${name} ${clock.monoMs() / 1_000}: ${(error as Error).message}`));
    let trouble: string | null = 'full';
    const round = (): void => {
      if (trouble !== null) throw new Error(trouble);
    };
    scope.every('fixed', 1_000, round);
    scope.everyNow('asked', () => 1_000, round);
    const toldWithin = async (seconds: number): Promise<string[]> => {
      for (let second = 0; second < seconds; second++) await clock.advance(1_000);
      return told.splice(0).sort();
    };
    expect(await toldWithin(60)).toEqual(['asked 1: full', 'fixed 1: full']);
    expect(await toldWithin(5)).toEqual(['asked 61: full', 'fixed 61: full']);
    trouble = 'gone';
    expect(await toldWithin(5)).toEqual(['asked 66: gone', 'fixed 66: gone']);
    trouble = null;
    expect(await toldWithin(1)).toEqual([]);
    trouble = 'gone';
    expect(await toldWithin(3)).toEqual(['asked 72: gone', 'fixed 72: gone']);
    await scope.close();
  });
});
