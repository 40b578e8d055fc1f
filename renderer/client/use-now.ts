import { useEffect, useState } from 'react';
import { useRoost } from './roost.js';

/** Wall time for ages and countdowns, renewed every `periodMs`. */
export function useNow(periodMs = 1_000): number {
  const { clock } = useRoost();
  const [nowMs, setNowMs] = useState(() => clock.nowMs());
  useEffect(() => {
    let cancel = (): void => {};
    const tick = (): void => {
      setNowMs(clock.nowMs());
      cancel = clock.after(periodMs, tick);
    };
    cancel = clock.after(periodMs, tick);
    return () => cancel();
  }, [clock, periodMs]);
  return nowMs;
}
