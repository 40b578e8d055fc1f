import { Waypoints } from 'lucide-react';
import type { CoordinatorView } from '../../../contract/state.js';
import { countText, shareText } from '../../format/numbers.js';
import { decisionKindText } from '../../format/wording.js';
import { Card } from '../../ui/Card.js';
import { EmptyState } from '../../ui/EmptyState.js';

const kinds = ['forced', 'explore', 'exploit'] as const;

/** Exploration against exploitation. */
export function KindsCard({ coordinator }: { readonly coordinator: CoordinatorView }) {
  const total = kinds.reduce((sum, kind) => sum + coordinator.kinds[kind], 0);
  return (
    <Card title="Decisions" hint={`${countText(coordinator.pulls)} in all`} className="span-5">
      {total === 0 ? (
        <EmptyState icon={<Waypoints size={20} />} title="No decisions yet">
          The first turn of any session makes the first decision.
        </EmptyState>
      ) : (
        <>
          <KindsBar kinds={coordinator.kinds} />
          <dl className="kinds">
            {kinds.map((kind) => {
              const { name, meaning } = decisionKindText(kind);
              return (
                <div key={kind}>
                  <dt>
                    <i className={`chart-key kind-${kind}`} />
                    {name}
                    <small>{meaning}</small>
                  </dt>
                  <dd>
                    {countText(coordinator.kinds[kind])}
                    <small>{shareText(coordinator.kinds[kind] / total)}</small>
                  </dd>
                </div>
              );
            })}
          </dl>
        </>
      )}
    </Card>
  );
}

export function KindsBar({ kinds: counts, small = false }: { readonly kinds: CoordinatorView['kinds']; readonly small?: boolean }) {
  const words = kinds.map((kind) => `${decisionKindText(kind).name.toLowerCase()} ${countText(counts[kind])}`).join(', ');
  return (
    <div className={small ? 'kinds-bar kinds-small' : 'kinds-bar'} role="img" aria-label={words} title={words}>
      {kinds
        .filter((kind) => counts[kind] > 0)
        .map((kind) => (
          <i key={kind} className={`kind-${kind}`} style={{ flexGrow: counts[kind] }} />
        ))}
    </div>
  );
}
