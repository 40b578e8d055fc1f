import { Cpu, Layers, LayoutDashboard, MessagesSquare, ScrollText, Settings, ShieldQuestion, Siren, Waypoints } from 'lucide-react';
import { useScreen } from '../../client/roost.js';
import { hrefTo, type Page } from '../../client/route.js';
import { Logo } from '../Logo.js';

const entries = [
  { page: 'overview', label: 'Overview', Icon: LayoutDashboard },
  { page: 'processes', label: 'Processes', Icon: Cpu },
  { page: 'sessions', label: 'Sessions', Icon: MessagesSquare },
  { page: 'queues', label: 'Queues', Icon: Layers },
  { page: 'coordinator', label: 'Coordinator', Icon: Waypoints },
  { page: 'approvals', label: 'Approvals', Icon: ShieldQuestion },
  { page: 'incidents', label: 'Incidents', Icon: Siren },
  { page: 'logs', label: 'Logs', Icon: ScrollText },
  { page: 'settings', label: 'Settings', Icon: Settings },
] as const;

const countWords: Partial<Record<Page, string>> = { processes: 'need a look', queues: 'paused', approvals: 'wait for you', incidents: 'open' };

export function Rail({ page }: { readonly page: Page }) {
  const ailing = useScreen(
    (screen) =>
      screen.state?.processes.filter((process) => process.state === 'quarantined' || process.state === 'failed' || process.state === 'backoff').length ?? 0,
  );
  const incidents = useScreen((screen) => screen.state?.incidents.filter((incident) => incident.status === 'open').length ?? 0);
  const approvals = useScreen((screen) => screen.state?.approvals.pending.length ?? 0);
  const paused = useScreen((screen) => Object.values(screen.state?.health.queues ?? {}).filter((queue) => queue.paused === true).length);
  const sessions = useScreen((screen) => screen.state?.health.sessions.active ?? 0);
  const counts: Partial<Record<Page, number>> = { processes: ailing, sessions, queues: paused, incidents, approvals };
  return (
    <nav className="rail" aria-label="Pages">
      <a className="brand" href={hrefTo('overview')} aria-label="Roost, overview">
        <Logo size={30} />
        <span className="brand-name">Roost</span>
      </a>
      <ul>
        {entries.map(({ page: target, label, Icon }) => {
          const count = counts[target] ?? 0;
          const bad = target !== 'sessions';
          return (
            <li key={target}>
              <a href={hrefTo(target)} aria-current={target === page ? 'page' : undefined} title={label}>
                <Icon size={17} strokeWidth={1.9} aria-hidden="true" />
                <span className="rail-label">{label}</span>
                {count > 0 ? (
                  <span className={bad ? 'rail-count rail-count-bad' : 'rail-count'}>
                    {count}
                    <span className="visually-hidden"> {countWords[target] ?? 'active'}</span>
                  </span>
                ) : null}
              </a>
            </li>
          );
        })}
      </ul>
      <p className="rail-foot">Keeps your agents warm</p>
    </nav>
  );
}
