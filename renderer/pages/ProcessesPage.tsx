import { Cpu } from 'lucide-react';
import { useSlice } from '../client/roost.js';
import { plural } from '../format/numbers.js';
import { EmptyState } from '../ui/EmptyState.js';
import { ProcessTable } from './processes/ProcessTable.js';

export function ProcessesPage({ open }: { readonly open: string | null }) {
  const processes = useSlice('processes');
  const running = processes.filter((process) => process.state === 'running').length;
  return (
    <>
      <div className="page-head">
        <h1>Processes</h1>
        <p>
          {plural(processes.length, 'process', 'processes')}, {running} running
        </p>
      </div>
      {processes.length === 0 ? (
        <EmptyState icon={<Cpu size={20} />} title="Nothing is supervised yet">
          Redis is the first to appear here, then the worker, then the agents.
        </EmptyState>
      ) : (
        <ProcessTable processes={processes} open={open} />
      )}
    </>
  );
}
