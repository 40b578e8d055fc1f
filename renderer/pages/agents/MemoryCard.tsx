import type { PoolMemory } from '../../../contract/state.js';
import { bytesText, plural } from '../../format/numbers.js';
import { Card } from '../../ui/Card.js';
import { StatusIcon } from '../../ui/StatusIcon.js';

/** What agents use of what they may use. */
export function MemoryCard({ memory, agents }: { readonly memory: PoolMemory; readonly agents: number }) {
  const { usedBytes, budgetBytes, freeBytes, reserveBytes, state, message } = memory;
  const used = Math.min(1, usedBytes / Math.max(1, budgetBytes));
  return (
    <Card title="Memory" hint={plural(agents, 'agent')}>
      <p className="memory-used">
        <strong>{bytesText(usedBytes)}</strong> of {bytesText(budgetBytes)}
      </p>
      <meter className="visually-hidden" aria-label="Memory of agents" min={0} max={1} value={used} />
      <div className={`memory-bar memory-${state}`} aria-hidden="true">
        <span style={{ inlineSize: `${(used * 100).toFixed(1)}%` }} />
      </div>
      <p className="memory-machine">
        The machine has {bytesText(freeBytes)} left; {bytesText(reserveBytes)} of it stay free.
      </p>
      {message === null ? null : (
        <p className="pool-trouble">
          <StatusIcon tone={state === 'short' ? 'bad' : 'warn'} /> {message}
        </p>
      )}
    </Card>
  );
}
