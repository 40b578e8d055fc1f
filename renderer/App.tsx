import { useEffect, useRef } from 'react';
import { useScreen } from './client/roost.js';
import { useRoute } from './client/route.js';
import { healthWord, isStartingUp } from './format/wording.js';
import { AgentsPage } from './pages/AgentsPage.js';
import { ApprovalsPage } from './pages/ApprovalsPage.js';
import { CoordinatorPage } from './pages/CoordinatorPage.js';
import { IncidentsPage } from './pages/IncidentsPage.js';
import { LogsPage } from './pages/LogsPage.js';
import { OverviewPage } from './pages/OverviewPage.js';
import { ProcessesPage } from './pages/ProcessesPage.js';
import { QueuesPage } from './pages/QueuesPage.js';
import { ReportsPage } from './pages/ReportsPage.js';
import { RunbooksPage } from './pages/RunbooksPage.js';
import { SchedulesPage } from './pages/SchedulesPage.js';
import { SessionsPage } from './pages/SessionsPage.js';
import { SettingsPage } from './pages/SettingsPage.js';
import { SignInPage } from './pages/SignInPage.js';
import { WaitingPage } from './pages/WaitingPage.js';
import { WatchPage } from './pages/WatchPage.js';
import { ConnectionBanner } from './ui/shell/ConnectionBanner.js';
import { Header } from './ui/shell/Header.js';
import { HoldBanner } from './ui/shell/HoldBanner.js';
import { Rail } from './ui/shell/Rail.js';
import { Toasts } from './ui/Toasts.js';

export function App({ ticketProblem }: { readonly ticketProblem: string | null }) {
  const kind = useScreen((screen) => screen.connection.kind);
  const hasState = useScreen((screen) => screen.state !== null);
  const title = useScreen((screen) =>
    screen.connection.kind === 'signed-out'
      ? 'Sign in'
      : screen.state === null || screen.connection.kind !== 'live'
        ? 'Connecting'
        : healthWord(screen.state.health, isStartingUp(screen.state.health, screen.state.processes)),
  );
  useEffect(() => {
    document.title = `${title} · Roost`;
  }, [title]);
  return (
    <Toasts>{kind === 'signed-out' ? <SignInPage ticketProblem={ticketProblem} /> : kind === 'incompatible' || !hasState ? <WaitingPage /> : <Shell />}</Toasts>
  );
}

function Shell() {
  const route = useRoute();
  const stale = useScreen((screen) => screen.connection.kind !== 'live');
  const main = useRef<HTMLElement>(null);
  const shown = useRef(route.page);
  useEffect(() => {
    // A new page starts at its top and is announced; the first one keeps the focus where the browser put it.
    if (shown.current === route.page) return;
    shown.current = route.page;
    main.current?.scrollTo(0, 0);
    main.current?.focus();
  }, [route.page]);
  return (
    <div className="shell">
      <a
        className="skip"
        href={`#/${route.page}`}
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to the page
      </a>
      <Rail page={route.page} />
      <Header />
      <main className={stale ? 'main main-stale' : 'main'} id="main" ref={main} tabIndex={-1}>
        <ConnectionBanner />
        <HoldBanner />
        <div className="page-frame">
          {route.page === 'overview' ? <OverviewPage /> : null}
          {route.page === 'processes' ? <ProcessesPage open={route.item} /> : null}
          {route.page === 'sessions' ? <SessionsPage open={route.item} /> : null}
          {route.page === 'agents' ? <AgentsPage /> : null}
          {route.page === 'queues' ? <QueuesPage open={route.item} /> : null}
          {route.page === 'schedules' ? <SchedulesPage open={route.item} /> : null}
          {route.page === 'watch' ? <WatchPage open={route.item} /> : null}
          {route.page === 'reports' ? <ReportsPage open={route.item} /> : null}
          {route.page === 'coordinator' ? <CoordinatorPage /> : null}
          {route.page === 'approvals' ? <ApprovalsPage /> : null}
          {route.page === 'incidents' ? <IncidentsPage open={route.item} /> : null}
          {route.page === 'logs' ? <LogsPage open={route.item} /> : null}
          {route.page === 'runbooks' ? <RunbooksPage open={route.item} /> : null}
          {route.page === 'settings' ? <SettingsPage /> : null}
        </div>
      </main>
    </div>
  );
}
