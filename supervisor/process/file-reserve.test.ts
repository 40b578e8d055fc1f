import { afterEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../core/base/log.js';
import { ManualClock } from '../../core/base/manual-clock.js';
import { FileReserve, parseOpenFiles } from './file-reserve.js';

/** A process that may open so many. */
class Limited {
  readonly opened = new Set<number>();
  limit: number;
  #next = 3;
  constructor(limit: number) {
    this.limit = limit;
  }
  readonly open = (): number => {
    if (this.opened.size >= this.limit) throw Object.assign(new Error('EMFILE'), { code: 'EMFILE' });
    this.opened.add(++this.#next);
    return this.#next;
  };
  readonly close = (fd: number): void => {
    if (!this.opened.delete(fd)) throw new Error(`EBADF ${fd}`);
  };
}

describe('FileReserve', () => {
  let reserve: FileReserve;
  const started = (opener: Limited, clock: ManualClock): FileReserve => {
    reserve = new FileReserve({ clock, log: silentLog, opener, platform: 'linux' });
    reserve.start();
    return reserve;
  };
  afterEach(() => reserve.stop());

  it('lets starts through while there is room, and leaves nothing open but itself', () => {
    const opener = new Limited(1_000);
    const clock = new ManualClock();
    started(opener, clock).assertRoom();
    expect([opener.opened.size, reserve.short]).toEqual([16, false]);
  });

  it('looks before every start but the first after a look that found plenty', () => {
    const opener = new Limited(1_000);
    started(opener, new ManualClock());
    const others = Array.from({ length: 980 }, () => opener.open());
    reserve.assertRoom();
    expect(() => reserve.assertRoom()).toThrow(expect.objectContaining({ code: 'EMFILE' }));
    for (const fd of others) opener.close(fd);
  });

  it('refuses a start that would take the last ones, frees the reserve for the door, and lets starts through again after a while of calm', async () => {
    const opener = new Limited(40);
    const clock = new ManualClock();
    started(opener, clock);
    const others = Array.from({ length: 10 }, () => opener.open());
    expect(() => reserve.assertRoom()).toThrow(expect.objectContaining({ code: 'EMFILE' }));
    // What was put by is there for whoever is not a process.
    expect([reserve.short, opener.limit - opener.opened.size]).toEqual([true, 30]);
    await clock.advance(5_000);
    expect(reserve.short).toBe(true);
    for (const fd of others) opener.close(fd);
    await clock.advance(2_000);
    expect(reserve.short).toBe(true);
    await clock.advance(2_000);
    expect([reserve.short, opener.opened.size]).toEqual([false, 16]);
    reserve.assertRoom();
  });

  it('notices by itself when others took all, within a second', async () => {
    const opener = new Limited(200);
    const clock = new ManualClock();
    started(opener, clock);
    while (opener.opened.size < opener.limit) opener.open();
    await clock.advance(1_000);
    expect([reserve.short, opener.limit - opener.opened.size]).toEqual([true, 16]);
  });

  it('a limit that was too small from the start is no reason to keep what there is', () => {
    const opener = new Limited(10);
    started(opener, new ManualClock());
    expect([reserve.short, opener.opened.size]).toEqual([true, 0]);
  });

  it('gives everything back at the end, and stands in nobody’s way then', async () => {
    const opener = new Limited(100);
    started(opener, new ManualClock());
    await reserve.stop();
    expect(opener.opened.size).toBe(0);
    reserve.assertRoom();
  });

  it('reads the limit', () => {
    expect(
      parseOpenFiles(
        'Limit                     Soft Limit           Hard Limit           Units\nMax open files            1024                 4096                 files\n',
      ),
    ).toBe(1024);
    expect(parseOpenFiles('Max open files            unlimited            unlimited            files')).toBeNull();
  });
});
