import { useRoost, useScreen } from '../client/roost.js';
import { useNow } from '../client/use-now.js';
import { closeText } from '../format/wording.js';
import { Button } from '../ui/Button.js';
import { Logo } from '../ui/Logo.js';

/** Before the first state: connecting, waiting for the host, or a host this screen cannot talk to. */
export function WaitingPage() {
  const connection = useScreen((screen) => screen.connection);
  const roost = useRoost();
  const nowMs = useNow(250);
  const waiting = connection.kind === 'waiting';
  const incompatible = connection.kind === 'incompatible';
  const seconds = waiting ? Math.max(0, Math.ceil((connection.retryAtMs - nowMs) / 1_000)) : 0;
  return (
    <main className="door">
      <div className="door-panel" role="status">
        <Logo size={56} />
        {incompatible ? (
          <>
            <h1>This screen is out of date</h1>
            <p>Roost speaks version {connection.hostProtocol} of their protocol, this page an older or newer one. Load the page again.</p>
            <Button look="primary" onClick={() => window.location.reload()}>
              Load again
            </Button>
          </>
        ) : (
          <>
            <h1>{waiting ? 'Roost is not answering' : 'Connecting to Roost'}</h1>
            <p>{waiting ? `${closeText(connection.reason)} ${seconds > 0 ? `Trying again in ${seconds} s.` : 'Trying again now…'}` : 'One moment.'}</p>
            {waiting ? <Button onClick={() => roost.connection.retryNow()}>Try now</Button> : <span className="door-pulse" aria-hidden="true" />}
            {waiting ? (
              <p className="door-hint">
                Not running? Start it with <code>roost up</code>.
              </p>
            ) : null}
          </>
        )}
      </div>
    </main>
  );
}
