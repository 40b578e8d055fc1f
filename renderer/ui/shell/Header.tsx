import { useScreen, useSlice } from '../../client/roost.js';
import { useNow } from '../../client/use-now.js';
import { ageText } from '../../format/time.js';
import { healthTone } from '../../format/tones.js';
import { healthWord, isStartingUp } from '../../format/wording.js';
import { Badge } from '../Badge.js';
import { HoldMenu } from './HoldMenu.js';
import { ThemeSwitch } from './ThemeSwitch.js';

export function Header() {
  const health = useSlice('health');
  const startingUp = isStartingUp(health, useSlice('processes'));
  const about = useSlice('about');
  const live = useScreen((screen) => screen.connection.kind === 'live');
  const nowMs = useNow();
  const [first, ...others] = health.reasons;
  const summary = first === undefined ? 'Redis, API and worker are up and proved to work' : first.message;
  return (
    <header className="header">
      <div className="header-status" role="status" aria-live="polite">
        {live ? (
          <Badge solid tone={startingUp ? 'busy' : healthTone(health.status)}>
            {healthWord(health, startingUp)}
          </Badge>
        ) : (
          <Badge solid tone="idle">
            Not connected
          </Badge>
        )}
        <span className="header-reason" title={health.reasons.map((reason) => reason.message).join('\n')}>
          {live ? summary : 'What you see is the last known state'}
        </span>
        {live && others.length > 0 ? <span className="header-more">+{others.length}</span> : null}
      </div>
      <dl className="header-facts">
        <div>
          <dt>Up</dt>
          <dd>{ageText(Math.max(0, nowMs - about.startedAtMs))}</dd>
        </div>
        <div>
          <dt>Version</dt>
          <dd>{about.version}</dd>
        </div>
      </dl>
      <HoldMenu />
      <ThemeSwitch />
    </header>
  );
}
