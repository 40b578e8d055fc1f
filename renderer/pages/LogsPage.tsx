import { ScrollText } from 'lucide-react';
import { useSlice } from '../client/roost.js';
import { goTo } from '../client/route.js';
import { useLogTail } from '../client/use-log-tail.js';
import { processTone } from '../format/tones.js';
import { processStateText } from '../format/wording.js';
import { EmptyState } from '../ui/EmptyState.js';
import { LogView } from '../ui/LogView.js';
import { StatusIcon } from '../ui/StatusIcon.js';

const logLines = 2_000;

export function LogsPage({ open }: { readonly open: string | null }) {
  const processes = useSlice('processes');
  const name = open ?? processes[0]?.name ?? null;
  return (
    <div className="logs-page">
      <div className="page-head">
        <h1>Logs</h1>
        <p>Live, as each process writes it</p>
      </div>
      {name === null ? (
        <EmptyState icon={<ScrollText size={20} />} title="No logs yet">
          Each process has its own log here once it is started.
        </EmptyState>
      ) : (
        <div className="logs-split">
          <nav className="logs-list" aria-label="Processes">
            <ul>
              {processes.map((process) => (
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

function LogPane({ name }: { readonly name: string }) {
  const { tail, loading, problem } = useLogTail(name, logLines);
  return <LogView name={name} tail={tail} loading={loading} problem={problem} />;
}
