import { useState } from 'react';
import { RoostError } from '../../../contract/errors.js';
import { useRoost, useSlice } from '../../client/roost.js';
import { useReading } from '../../client/use-reading.js';
import { Card } from '../../ui/Card.js';
import { Segmented } from '../../ui/Tabs.js';

/** A person may change it in the settings of the system, too. */
const readEveryMs = 10_000;

/** Only the desktop app can start at login; where it cannot, the card says why. */
export function LoginCard() {
  const { connection } = useRoost();
  const about = useSlice('about');
  const { value, problem, again } = useReading('login.get', {}, readEveryMs);
  const [refused, setRefused] = useState<string | null>(null);
  if (about.door !== 'desktop') return null;
  const set = (open: boolean): void => {
    setRefused(null);
    connection
      .call('login.set', { open })
      .then(again, (error: unknown) => setRefused(error instanceof RoostError ? error.message : 'It could not be changed.'));
  };
  const reason = refused ?? problem ?? value?.reason ?? null;
  return (
    <Card title="Start at login">
      <div className="setting">
        <div>
          <p className="setting-name">Start Roost when you log in</p>
          <p className="setting-text">
            It starts in the tray, without its window. {value?.file == null ? 'The system keeps the choice.' : <span className="mono">{value.file}</span>}
          </p>
          {reason === null ? null : (
            <p className="setting-text" role="status">
              {reason}
            </p>
          )}
        </div>
        {value === null || value.state === 'unavailable' ? null : (
          <Segmented
            label="Start at login"
            value={value.state}
            onChange={(state) => set(state === 'on')}
            options={[
              { key: 'off', label: 'Off' },
              { key: 'on', label: 'On' },
            ]}
          />
        )}
      </div>
    </Card>
  );
}
