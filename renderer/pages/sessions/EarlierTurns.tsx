import { History } from 'lucide-react';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { TurnView } from '../../../contract/state.js';
import { useIsLive } from '../../client/roost.js';
import { useAct } from '../../client/use-act.js';
import { countText } from '../../format/numbers.js';
import { Button } from '../../ui/Button.js';
import { Turn } from './Turn.js';

const pageSize = 50;
const nearTopPx = 60;
const nothing = (): void => undefined;
const scroller = (element: HTMLElement | null): HTMLElement | null => element?.closest<HTMLElement>('.talk') ?? null;

/** What was said before the turns of the conversation, archived turns too; the next page is read when somebody scrolls up to its beginning. */
export function EarlierTurns({ sessionId, earlier }: { readonly sessionId: string; readonly earlier: number }) {
  const { run, busy } = useAct();
  const live = useIsLive();
  const [turns, setTurns] = useState<readonly TurnView[]>([]);
  const [first, setFirst] = useState<number | null>(null);
  // Frozen at the first page: while the conversation goes on, turns move from there to here.
  const before = first ?? earlier;
  const box = useRef<HTMLDivElement>(null);
  const heightPx = useRef<number | null>(null);
  const more = async (): Promise<void> => {
    heightPx.current = scroller(box.current)?.scrollHeight ?? null;
    const page = await run('session.turns', { id: sessionId, before, limit: pageSize }, 'Earlier turns could not be read');
    if (page === null) {
      heightPx.current = null;
      return;
    }
    setTurns([...page.turns, ...turns]);
    setFirst(page.first);
  };
  // What was read stays where it stands: the page before it grows upwards. At the very top a browser does not do that by itself.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new page is what moves everything
  useLayoutEffect(() => {
    const element = scroller(box.current);
    if (element === null || heightPx.current === null) return;
    if (element.scrollTop < element.scrollHeight - heightPx.current) element.scrollTop += element.scrollHeight - heightPx.current;
    heightPx.current = null;
  }, [turns]);
  const reading = useRef(more);
  reading.current = more;
  const idle = live && !busy && before > 0;
  useEffect(() => {
    const element = scroller(box.current);
    if (element === null || !idle) return;
    const onScroll = (): void => {
      if (element.scrollTop >= nearTopPx || heightPx.current !== null) return;
      void reading.current();
    };
    element.addEventListener('scroll', onScroll, { passive: true });
    return () => element.removeEventListener('scroll', onScroll);
  }, [idle]);
  return (
    <div className="earlier" ref={box}>
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
