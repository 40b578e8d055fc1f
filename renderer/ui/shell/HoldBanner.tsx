import { OctagonPause } from 'lucide-react';
import { useIsLive, useSlice } from '../../client/roost.js';
import { useAct } from '../../client/use-act.js';
import { useNow } from '../../client/use-now.js';
import { holdTexts, survivorText } from '../../format/hold.js';
import { agoText } from '../../format/time.js';
import { Button } from '../Button.js';

/** Over every page while the emergency stop is in force: which level, what is left, and the way back. */
export function HoldBanner() {
  const hold = useSlice('hold');
  const live = useIsLive();
  const nowMs = useNow();
  const { busy, run } = useAct();
  if (hold === null) return null;
  return (
    <div className={hold.survivors.length > 0 && hold.level !== 'hold' ? 'banner banner-bad' : 'banner'}>
      <OctagonPause size={17} aria-hidden="true" />
      <div>
        <strong role="alert">{`Held: ${hold.level}`}</strong>
        <span title={hold.survivors.map(({ name, detail }) => `${name}: ${detail}`).join('\n')}>
          {` ${holdTexts[hold.level].done} ${survivorText(hold)} Since ${agoText(nowMs - hold.sinceMs)}.`}
        </span>
      </div>
      <Button size="small" look="primary" disabled={!live || busy} onClick={() => void run('hold.release', {}, 'Roost was not released')}>
        Release
      </Button>
    </div>
  );
}
