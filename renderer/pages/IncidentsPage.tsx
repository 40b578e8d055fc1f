import { ShieldCheck } from 'lucide-react';
import { useSlice } from '../client/roost.js';
import { plural } from '../format/numbers.js';
import { EmptyState } from '../ui/EmptyState.js';
import { IncidentList } from './incidents/IncidentList.js';
import { IncidentStory } from './incidents/IncidentStory.js';
import './incidents/incidents.css';

export function IncidentsPage({ open }: { readonly open: string | null }) {
  const incidents = useSlice('incidents');
  const going = incidents.filter(({ status }) => status === 'open').length;
  const shown = incidents.find(({ id }) => id === open) ?? incidents[0];
  return (
    <>
      <div className="page-head">
        <h1>Incidents</h1>
        <p>{incidents.length === 0 ? 'none so far' : `${plural(incidents.length, 'disturbance')}, ${going === 0 ? 'none of them open' : `${going} open`}`}</p>
      </div>
      {shown === undefined ? (
        <EmptyState icon={<ShieldCheck size={20} />} title="Nothing has gone wrong">
          When a process dies or stands still, its whole story is written down here: what happened, what Roost did, and how long it took.
        </EmptyState>
      ) : (
        <div className="incidents-split">
          <IncidentList incidents={incidents} shown={open ?? shown.id} />
          <IncidentStory key={open ?? shown.id} id={open ?? shown.id} summary={shown.id === open || open === null ? shown : undefined} />
        </div>
      )}
    </>
  );
}
