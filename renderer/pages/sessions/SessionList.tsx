import { Search } from 'lucide-react';
import { useState } from 'react';
import type { SessionView } from '../../../contract/state.js';
import { hrefTo } from '../../client/route.js';
import { useNow } from '../../client/use-now.js';
import { countText, plural } from '../../format/numbers.js';
import { agoText } from '../../format/time.js';
import { sessionTone } from '../../format/tones.js';
import { sessionStatusText } from '../../format/wording.js';
import { StatusIcon } from '../../ui/StatusIcon.js';
import { Segmented } from '../../ui/Tabs.js';
import { matchingSessions, type SessionFilter, sessionFilters } from './session-filter.js';

const filterNames: Readonly<Record<SessionFilter, string>> = { open: 'Open', ended: 'Ended', all: 'All' };

export function SessionList({ sessions, total, open }: { readonly sessions: readonly SessionView[]; readonly total: number; readonly open: string | null }) {
  const [query, setQuery] = useState('');
  const [filter, setFilter] = useState<SessionFilter>('open');
  const nowMs = useNow();
  const shown = matchingSessions(sessions, filter, query);
  return (
    <div className="session-list">
      <div className="session-filter">
        <label className="search">
          <Search size={14} aria-hidden="true" />
          <span className="visually-hidden">Filter sessions</span>
          <input type="search" placeholder="User, agent or id" value={query} onChange={(event) => setQuery(event.target.value)} />
        </label>
        <Segmented label="Which sessions" value={filter} onChange={setFilter} options={sessionFilters.map((key) => ({ key, label: filterNames[key] }))} />
      </div>
      <ul aria-label="Sessions">
        {shown.map((session) => (
          <li key={session.id}>
            <a href={hrefTo('sessions', session.id)} aria-current={session.id === open ? 'true' : undefined}>
              <span className="session-line">
                <StatusIcon tone={sessionTone(session.status)} />
                <strong>{session.userId}</strong>
                <span className="session-age">{agoText(nowMs - (session.lastTurnAt ?? session.createdAt))}</span>
              </span>
              <span className="session-line session-sub">
                {sessionStatusText(session.status)} · {session.agentId ?? 'no agent'} · {plural(session.turns, 'turn')}
              </span>
            </a>
          </li>
        ))}
      </ul>
      {shown.length === 0 ? (
        <p className="session-none">
          {query.trim() === '' ? `No ${filter === 'all' ? '' : `${filterNames[filter].toLowerCase()} `}sessions.` : 'No session matches.'}
        </p>
      ) : null}
      {total > sessions.length ? (
        <p className="session-none">
          The newest {countText(sessions.length)} of {countText(total)} are listed.
        </p>
      ) : null}
    </div>
  );
}
