import { TriangleAlert, WifiOff } from 'lucide-react';
import { useRoost, useScreen } from '../../client/roost.js';
import { useNow } from '../../client/use-now.js';
import { agoText } from '../../format/time.js';
import { closeText } from '../../format/wording.js';
import { Button } from '../Button.js';

/** Says that what is shown is old, since when, and when the next try comes. */
export function ConnectionBanner() {
  const connection = useScreen((screen) => screen.connection);
  const roost = useRoost();
  const nowMs = useNow(250);
  const unreadable = useScreen((screen) => screen.unreadable);
  if (connection.kind === 'live' && unreadable !== null) {
    return (
      <div className="banner" role="alert" title={unreadable}>
        <TriangleAlert size={17} aria-hidden="true" />
        <div>
          <strong>Part of the state could not be read</strong>
          <span> This screen and Roost may be of different versions: what you see can be old.</span>
        </div>
        <Button size="small" onClick={() => window.location.reload()}>
          Load again
        </Button>
      </div>
    );
  }
  if (connection.kind === 'live' || connection.kind === 'stopped') return null;
  const waiting = connection.kind === 'waiting';
  const seconds = waiting ? Math.max(0, Math.ceil((connection.retryAtMs - nowMs) / 1_000)) : 0;
  return (
    <div className="banner">
      <WifiOff size={17} aria-hidden="true" />
      <div>
        <strong role="alert">Connection to Roost lost</strong>
        <span>
          {waiting ? ` ${closeText(connection.reason)} Last seen ${agoText(nowMs - connection.lostAtMs)}. ` : ' '}
          {waiting && seconds > 0 ? `Trying again in ${seconds} s.` : 'Trying again now…'}
        </span>
      </div>
      <Button size="small" disabled={!waiting} onClick={() => roost.connection.retryNow()}>
        Try now
      </Button>
    </div>
  );
}
