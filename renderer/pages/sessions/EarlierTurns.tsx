import { History } from 'lucide-react';
import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { TurnView } from '../../../contract/state.js';
import { useIsLive, useRoost } from '../../client/roost.js';
import { useAct } from '../../client/use-act.js';
import { countText } from '../../format/numbers.js';
import { Button } from '../../ui/Button.js';
import { Turn } from './Turn.js';

const pageSize = 50;
const maxPage = 100;
const nothing = (): void => undefined;

interface Pages {
  readonly turns: readonly TurnView[];
  /** Turns before these. */
  readonly first: number;
  /** Turns up to and with these: where the conversation went on when they were read. */
  readonly upTo: number;
}

interface EarlierTurnsProps {
  readonly sessionId: string;
  /** Turns before the ones of the conversation; grows while it goes on. */
  readonly earlier: number;
  /** What scrolls, so that older turns do not push away what is being read. */
  readonly box: RefObject<HTMLDivElement | null>;
}

/** What was said before the turns of the conversation, archived turns too; read page by page when somebody asks. */
export function EarlierTurns({ sessionId, earlier, box }: EarlierTurnsProps) {
  const { connection } = useRoost();
  const { run, busy } = useAct();
  const live = useIsLive();
  const [pages, setPages] = useState<Pages | null>(null);
  const heightBefore = useRef<number | null>(null);
  const before = pages?.first ?? earlier;
  const more = async (): Promise<void> => {
    const page = await run('session.turns', { id: sessionId, before, limit: pageSize }, 'Earlier turns could not be read');
    if (page === null) return;
    heightBefore.current = box.current?.scrollHeight ?? null;
    setPages({ turns: [...page.turns, ...(pages?.turns ?? [])], first: page.first, upTo: pages?.upTo ?? before });
  };
  useLayoutEffect(() => {
    const element = box.current;
    if (pages === null || element === null || heightBefore.current === null) return;
    element.scrollTop += element.scrollHeight - heightBefore.current;
    heightBefore.current = null;
  }, [pages, box]);

  // A turn that leaves the conversation at its upper end belongs here from then on, or it would stand nowhere.
  const gap = pages === null ? 0 : earlier - pages.upTo;
  useEffect(() => {
    if (gap <= 0 || !live) return;
    const stop = new AbortController();
    connection
      .call('session.turns', { id: sessionId, before: earlier, limit: Math.min(gap, maxPage) }, { signal: stop.signal })
      .then((page) =>
        setPages((now) => {
          if (now === null || stop.signal.aborted) return now;
          // More than one page behind: begin again at the conversation.
          const joins = page.first <= now.upTo;
          return { turns: joins ? [...now.turns, ...page.turns] : page.turns, first: joins ? now.first : page.first, upTo: earlier };
        }),
      )
      // The next turn that leaves asks again for all that is missing.
      .catch(nothing);
    return () => stop.abort();
  }, [connection, sessionId, earlier, gap, live]);

  return (
    <div className="earlier">
      {before > 0 ? (
        <Button size="small" icon={<History size={14} aria-hidden="true" />} disabled={!live || busy} onClick={() => void more()}>
          {busy ? 'Reading…' : `Show earlier turns (${countText(before)})`}
        </Button>
      ) : null}
      {pages === null ? null : (
        <ol className="turns" aria-label="Earlier turns">
          {pages.turns.map((turn) => (
            <Turn key={turn.id} turn={turn} ahead={0} newest={false} onSuggestion={nothing} />
          ))}
        </ol>
      )}
    </div>
  );
}
