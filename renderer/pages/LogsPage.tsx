import { ScrollText } from 'lucide-react';
import { useState } from 'react';
import { useSlice } from '../client/roost.js';
import { goTo } from '../client/route.js';
import { useLogHistory } from '../client/use-log-history.js';
import { useLogTail } from '../client/use-log-tail.js';
import { processTone } from '../format/tones.js';
import { processStateText } from '../format/wording.js';
import { EmptyState } from '../ui/EmptyState.js';
import { LogView } from '../ui/LogView.js';
import { SearchBox } from '../ui/SearchBox.js';
import { StatusIcon } from '../ui/StatusIcon.js';
import { matchingProcesses } from './processes/process-filter.js';

const logLines = 2_000;
/** So few are seen at a glance. */
const fewProcesses = 12;

export function LogsPage({ open }: { readonly open: string | null }) {
  const processes = useSlice('processes');
  const [query, setQuery] = useState('');
  const name = open ?? processes[0]?.name ?? null;
  const listed = matchingProcesses(processes, 'all', query, name);
  return (
    <div className="logs-page">
      <div className="page-head">
        <h1>Logs</h1>
        <p>Live, as each process writes it, and what it wrote before</p>
      </div>
      {name === null ? (
        <EmptyState icon={<ScrollText size={20} />} title="No logs yet">
          Each process has its own log here once it is started.
        </EmptyState>
      ) : (
        <div className="logs-split">
          <nav className="logs-list" aria-label="Processes">
            {processes.length > fewProcesses || query !== '' ? (
              <SearchBox label="Filter processes" placeholder="Process or state" value={query} onChange={setQuery} />
            ) : null}
            <ul>
              {listed.map((process) => (
                <li key={process.name}>
                  <button type="button" aria-current={process.name === name ? 'true' : undefined} onClick={() => goTo('logs', process.name)}>
                    <StatusIcon tone={processTone(process.state)} />
                    <span className="logs-name">{process.name}</span>
                    <span className="visually-hidden">{processStateText(process.state)}</span>
                  </button>
                </li>
              ))}
            </ul>
          </nav>
          <LogPane key={name} name={name} />
        </div>
      )}
    </div>
  );
}

/** How far back; `live` is this run's own tail. */
const ranges = [
  ['live', 'Live'],
  ['10m', 'Last 10 minutes'],
  ['1h', 'Last hour'],
  ['24h', 'Last 24 hours'],
  ['7d', 'Last 7 days'],
  ['3650d', 'Everything kept'],
] as const;
type Range = (typeof ranges)[number][0];

function LogPane({ name }: { readonly name: string }) {
  const [range, setRange] = useState<Range>('live');
  const [search, setSearch] = useState('');
  const live = range === 'live';
  const tail = useLogTail(name, logLines);
  const history = useLogHistory(name, live ? null : range, search);
  const shown = live ? tail : history;
  const choice = (
    <label className="log-range">
      <span className="visually-hidden">Which time of the log of {name}</span>
      <select value={range} onChange={(event) => setRange(ranges.find(([key]) => key === event.target.value)?.[0] ?? 'live')}>
        {ranges.map(([key, label]) => (
          <option key={key} value={key}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
  const question = { search, setSearch, range: choice, live, partial: !live && history.partial };
  return <LogView name={name} tail={shown.tail} loading={shown.loading} problem={shown.problem} question={question} />;
}
