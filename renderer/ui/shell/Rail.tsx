import {
  Bird,
  BookOpen,
  CalendarClock,
  Cpu,
  FileText,
  FolderInput,
  Layers,
  LayoutDashboard,
  MessagesSquare,
  ScrollText,
  Settings,
  ShieldQuestion,
  Siren,
  Waypoints,
} from 'lucide-react';
import { useScreen } from '../../client/roost.js';
import { hrefTo, type Page } from '../../client/route.js';
import { Logo } from '../Logo.js';

const entries = [
  { page: 'overview', label: 'Overview', Icon: LayoutDashboard },
  { page: 'processes', label: 'Processes', Icon: Cpu },
  { page: 'sessions', label: 'Sessions', Icon: MessagesSquare },
  { page: 'agents', label: 'Agents', Icon: Bird },
  { page: 'queues', label: 'Queues', Icon: Layers },
  { page: 'schedules', label: 'Schedules', Icon: CalendarClock },
  { page: 'watch', label: 'Drop folders', Icon: FolderInput },
  { page: 'reports', label: 'Reports', Icon: FileText },
  { page: 'coordinator', label: 'Coordinator', Icon: Waypoints },
  { page: 'approvals', label: 'Approvals', Icon: ShieldQuestion },
  { page: 'incidents', label: 'Incidents', Icon: Siren },
  { page: 'logs', label: 'Logs', Icon: ScrollText },
  { page: 'runbooks', label: 'Runbooks', Icon: BookOpen },
  { page: 'settings', label: 'Settings', Icon: Settings },
] as const;

/** What the number beside a page counts. */
const words: Partial<Record<Page, string>> = { sessions: 'active', incidents: 'open', queues: 'paused', approvals: 'wait for you' };

export function Rail({ page }: { readonly page: Page }) {
  const ailing = useScreen(
    (screen) =>
      screen.state?.processes.filter((process) => process.state === 'quarantined' || process.state === 'failed' || process.state === 'backoff').length ?? 0,
  );
  const incidents = useScreen((screen) => screen.state?.incidents.filter((incident) => incident.status === 'open').length ?? 0);
  const approvals = useScreen((screen) => screen.state?.approvals.pending.length ?? 0);
  const paused = useScreen((screen) => Object.values(screen.state?.health.queues ?? {}).filter((queue) => queue.paused === true).length);
  const schedules = useScreen((screen) => screen.state?.schedules.filter(({ state }) => state === 'parked' || state === 'faulty').length ?? 0);
  const watch = useScreen((screen) => screen.state?.watches.filter(({ state }) => state === 'problem').length ?? 0);
  const sessions = useScreen((screen) => screen.state?.health.sessions.active ?? 0);
  const counts: Partial<Record<Page, number>> = { processes: ailing, sessions, incidents, schedules, watch, queues: paused, approvals };
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
                    <span className="visually-hidden"> {words[target] ?? 'need a look'}</span>
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
