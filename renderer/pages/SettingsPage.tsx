import type { Health } from '../../contract/state.js';
import { useSlice } from '../client/roost.js';
import { themes } from '../client/theme.js';
import { useTheme } from '../client/use-theme.js';
import { none } from '../format/numbers.js';
import { dateText } from '../format/time.js';
import { Card } from '../ui/Card.js';
import { Logo } from '../ui/Logo.js';
import { Segmented } from '../ui/Tabs.js';
import { BackupsCard } from './settings/BackupsCard.js';
import { LoginCard } from './settings/LoginCard.js';
import { ProvidersCard } from './settings/ProvidersCard.js';

const themeNames = { system: 'System', light: 'Light', dark: 'Dark' } as const;

export function SettingsPage() {
  const about = useSlice('about');
  const health = useSlice('health');
  const [theme, setTheme] = useTheme();
  return (
    <>
      <div className="page-head">
        <h1>Settings</h1>
      </div>
      <div className="settings">
        <Card title="Appearance">
          <div className="setting">
            <div>
              <p className="setting-name">Theme</p>
              <p className="setting-text">System follows the setting of your computer.</p>
            </div>
            <Segmented label="Theme" value={theme} onChange={setTheme} options={themes.map((key) => ({ key, label: themeNames[key] }))} />
          </div>
        </Card>
        <LoginCard />
        <ProvidersCard />
        <BackupsCard />
        <Card title="About this Roost">
          <div className="about-head">
            <Logo size={44} />
            <div>
              <p className="about-name">Roost {about.version}</p>
              <p className="setting-text">Keeps your agents warm.</p>
            </div>
          </div>
          <dl className="about-facts">
            <div>
              <dt>Door</dt>
              <dd>{about.door === 'desktop' ? 'Desktop app' : 'Headless host, shown in a browser'}</dd>
            </div>
            <div>
              <dt>Node</dt>
              <dd className="mono">{about.node}</dd>
            </div>
            <div>
              <dt>Platform</dt>
              <dd>{about.platform}</dd>
            </div>
            <div>
              <dt>Data directory</dt>
              <dd>
                <span className="mono">{about.dataDir}</span>
                <Notes of="roost" notes={health.notes} />
              </dd>
            </div>
            <div>
              <dt>API</dt>
              <dd>
                <span className="mono">{about.apiUrl ?? 'not listening'}</span>
                <Notes of="api" notes={health.notes} />
              </dd>
            </div>
            <div>
              <dt>Redis</dt>
              <dd>
                {about.redis.mode === 'managed' ? 'Managed by Roost' : 'External'}
                {about.redis.version === null ? '' : `, version ${about.redis.version}`}
                <Notes of="redis" notes={health.notes} />
              </dd>
            </div>
            <div>
              <dt>Redis address</dt>
              <dd className="mono">{about.redis.address ?? none}</dd>
            </div>
            <div>
              <dt>Templates</dt>
              <dd>{about.templates.length === 0 ? none : about.templates.join(', ')}</dd>
            </div>
            <div>
              <dt>Started</dt>
              <dd>{dateText(about.startedAtMs)}</dd>
            </div>
          </dl>
        </Card>
        <Card title="Configuration">
          <p className="setting-text">
            Services, workers, templates, pool and coordinator are set in <code>roost.yaml</code> in the data directory. Every key has a default: an empty file
            is a full working stack. An edit is read within seconds and restarts only what it changes; a file with a mistake leaves the last good one in force.
          </p>
        </Card>
      </div>
    </>
  );
}

/** What a person should know about one part although it works. */
function Notes({ of, notes }: { readonly of: string; readonly notes: Health['notes'] }) {
  return notes
    ?.filter(({ process }) => process === of)
    .map(({ code, message }) => (
      <p key={code} className="setting-text">
        {message}
      </p>
    ));
}
