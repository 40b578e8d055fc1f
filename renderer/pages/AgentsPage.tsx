import { Bird } from 'lucide-react';
import { useState } from 'react';
import type { SlotView } from '../../contract/state.js';
import { useSlice } from '../client/roost.js';
import { plural } from '../format/numbers.js';
import { Card } from '../ui/Card.js';
import { EmptyState } from '../ui/EmptyState.js';
import { SearchBox } from '../ui/SearchBox.js';
import { AgentGrid } from './agents/AgentGrid.js';
import { MemoryCard } from './agents/MemoryCard.js';
import { QuotaCard } from './agents/QuotaCard.js';
import { TemplateCard } from './agents/TemplateCard.js';
import { WaitingLine } from './agents/WaitingLine.js';
import './agents/agents.css';

/** So many are seen at a glance. */
const fewAgents = 12;

/** The agents themselves: who is warm, who serves whom, what they cost, and who waits for one. */
export function AgentsPage() {
  const pool = useSlice('pool');
  const sessions = useSlice('sessions');
  const [query, setQuery] = useState('');
  const waiting = sessions.items.filter(({ status }) => status === 'waiting' || status === 'starting' || status === 'error');
  // Of all templates; the pool's own figures are of its own one.
  const inState = (state: SlotView['state']): number => pool.slots.filter((slot) => slot.state === state).length;
  return (
    <div className="agents-page">
      <div className="page-head">
        <h1>Agents</h1>
        <p>
          {inState('ready')} warm, {pool.assigned} in sessions{inState('starting') > 0 ? `, ${inState('starting')} starting` : ''}
        </p>
      </div>
      <div className="agents-top">
        <TemplateCard templates={pool.templates ?? []} own={pool.template} />
        {pool.memory === undefined ? null : <MemoryCard memory={pool.memory} agents={pool.slots.length} />}
      </div>
      {waiting.length === 0 ? null : <WaitingLine sessions={waiting} capacity={pool.capacity} />}
      <Card
        title="Agents"
        hint={plural(pool.slots.length, 'process', 'processes')}
        actions={
          pool.slots.length > fewAgents || query !== '' ? (
            <SearchBox label="Filter agents" placeholder="Agent, state or user" value={query} onChange={setQuery} />
          ) : null
        }
      >
        {pool.slots.length === 0 ? (
          <EmptyState icon={<Bird size={20} />} title="No agents">
            {pool.target === 0 ? 'The pool is set to zero: a session starts its agent on demand.' : 'The first agents are being started.'}
          </EmptyState>
        ) : (
          <AgentGrid slots={pool.slots} sessions={sessions.items} query={query} />
        )}
      </Card>
      <QuotaCard />
    </div>
  );
}
