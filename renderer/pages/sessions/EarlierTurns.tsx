import { History } from 'lucide-react';
import { useState } from 'react';
import type { TurnView } from '../../../contract/state.js';
import { useIsLive } from '../../client/roost.js';
import { useAct } from '../../client/use-act.js';
import { countText } from '../../format/numbers.js';
import { Button } from '../../ui/Button.js';
import { Turn } from './Turn.js';

const pageSize = 50;
const nothing = (): void => undefined;

/** What was said before the turns of the conversation, archived turns too; read page by page when somebody asks. */
export function EarlierTurns({ sessionId, earlier }: { readonly sessionId: string; readonly earlier: number }) {
  const { run, busy } = useAct();
  const live = useIsLive();
  const [turns, setTurns] = useState<readonly TurnView[]>([]);
  const [first, setFirst] = useState<number | null>(null);
  // Frozen at the first page: while the conversation goes on, turns move from there to here.
  const before = first ?? earlier;
  const more = async (): Promise<void> => {
    const page = await run('session.turns', { id: sessionId, before, limit: pageSize }, 'Earlier turns could not be read');
    if (page === null) return;
    setTurns([...page.turns, ...turns]);
    setFirst(page.first);
  };
  return (
    <div className="earlier">
      {before > 0 ? (
        <Button size="small" icon={<History size={14} aria-hidden="true" />} disabled={!live || busy} onClick={() => void more()}>
          {busy ? 'Reading…' : `Show earlier turns (${countText(before)})`}
        </Button>
      ) : null}
      {turns.length === 0 ? null : (
        <ol className="turns" aria-label="Earlier turns">
          {turns.map((turn) => (
            <Turn key={turn.id} turn={turn} ahead={0} newest={false} onSuggestion={nothing} />
          ))}
        </ol>
      )}
    </div>
  );
}
