import { describe, expect, it } from 'vitest';
import { Emitter } from './emitter.js';

describe('emitter', () => {
  it('tells everyone although one throws, and reports that one', () => {
    const errors: unknown[] = [];
    const emitter = new Emitter<number>((error) => errors.push(error));
    const seen: number[] = [];
    emitter.on(() => {
      throw new Error('mine');
    });
    emitter.on((value) => seen.push(value));
    emitter.emit(4);
    expect(seen).toEqual([4]);
    expect(errors).toEqual([new Error('mine')]);
  });

  it('counts one function registered twice as two, and each off removes its own', () => {
    const emitter = new Emitter<number>();
    let calls = 0;
    const listener = (): void => {
      calls++;
    };
    const off = emitter.on(listener);
    emitter.on(listener);
    off();
    off();
    emitter.emit(1);
    expect([calls, emitter.size]).toEqual([1, 1]);
  });

  it('may be changed by a listener while it tells', () => {
    const emitter = new Emitter<number>();
    const seen: string[] = [];
    const off = emitter.on(() => {
      seen.push('once');
      off();
      emitter.on(() => seen.push('new'));
    });
    emitter.emit(1);
    expect(seen).toEqual(['once']);
    emitter.emit(2);
    expect(seen).toEqual(['once', 'new']);
  });
});
