import { Cpu } from 'lucide-react';
import { useState } from 'react';
import { useSlice } from '../client/roost.js';
import { plural } from '../format/numbers.js';
import { EmptyState } from '../ui/EmptyState.js';
import { SearchBox } from '../ui/SearchBox.js';
import { Segmented } from '../ui/Tabs.js';
import { ProcessTable } from './processes/ProcessTable.js';
import { isTroubled, matchingProcesses, type ProcessFilter, processFilters } from './processes/process-filter.js';

const filterNames: Readonly<Record<ProcessFilter, string>> = { all: 'All', trouble: 'In trouble', agents: 'Agents', others: 'No agents' };
/** So few are seen at a glance. */
const fewProcesses = 12;

export function ProcessesPage({ open }: { readonly open: string | null }) {
  const processes = useSlice('processes');
  const [query, setQuery] = useState('');
  const [filter, setFilter] = useState<ProcessFilter>('all');
  const running = processes.filter((process) => process.state === 'running').length;
  const troubled = processes.filter(isTroubled).length;
  const many = processes.length > fewProcesses || query !== '' || filter !== 'all';
  const shown = many ? matchingProcesses(processes, filter, query, open) : processes;
  return (
    <>
      <div className="page-head">
        <h1>Processes</h1>
        <p>
          {plural(processes.length, 'process', 'processes')}, {running} running{troubled === 0 ? '' : `, ${troubled} in trouble`}
        </p>
        {many ? (
          <div className="page-acts page-filter">
            <SearchBox label="Filter processes" placeholder="Name, state or pid" value={query} onChange={setQuery} />
            <Segmented label="Which processes" value={filter} onChange={setFilter} options={processFilters.map((key) => ({ key, label: filterNames[key] }))} />
          </div>
        ) : null}
      </div>
      {processes.length === 0 ? (
        <EmptyState icon={<Cpu size={20} />} title="Nothing is supervised yet">
          Redis is the first to appear here, then the worker, then the agents.
        </EmptyState>
      ) : shown.length === 0 ? (
        <EmptyState icon={<Cpu size={20} />} title="No process matches">
          {filter === 'trouble' && query === '' ? 'None is in trouble.' : 'Change the text above, or choose All.'}
        </EmptyState>
      ) : (
        <ProcessTable processes={shown} open={open} />
      )}
    </>
  );
}
