import { ArrowDownToLine, Pause, Play, Search } from 'lucide-react';
import { type ReactNode, useDeferredValue, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { type LogTail, matching } from '../client/log-lines.js';
import { countText, plural } from '../format/numbers.js';
import { printable } from '../format/printable.js';
import { clockText, dateText } from '../format/time.js';
import { Button } from './Button.js';
import { visibleRows } from './visible-rows.js';

const rowPx = 20;
const streamNames = { out: 'out', err: 'err', roost: 'roost' } as const;

/** What of a log is looked for, when it is not the live one: the question is then answered by the host. */
export interface LogQuestion {
  readonly search: string;
  readonly setSearch: (search: string) => void;
  /** The choice between live and earlier. */
  readonly range: ReactNode;
  readonly live: boolean;
  readonly partial: boolean;
}

/** A log: search, pause, follow; draws only the rows in view, so that thousands of lines cost nothing. */
export function LogView({
  name,
  tail,
  loading,
  problem,
  question,
}: {
  readonly name: string;
  readonly tail: LogTail;
  readonly loading: boolean;
  readonly problem: string | null;
  readonly question?: LogQuestion;
}) {
  const [ownQuery, setOwnQuery] = useState('');
  const query = question?.search ?? ownQuery;
  const setQuery = question?.setSearch ?? setOwnQuery;
  const live = question?.live ?? true;
  const [frozen, setFrozen] = useState<LogTail | null>(null);
  const [follow, setFollow] = useState(true);
  const [scrollPx, setScrollPx] = useState(0);
  const [viewPx, setViewPx] = useState(320);
  const box = useRef<HTMLDivElement>(null);
  const shown = (live ? frozen : null) ?? tail;
  const wanted = useDeferredValue(query);
  const lines = useMemo(() => matching(shown.lines, wanted), [shown.lines, wanted]);

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setViewPx(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useLayoutEffect(() => {
    const element = box.current;
    if (follow && element !== null && lines.length > 0) element.scrollTop = element.scrollHeight;
  }, [follow, lines]);

  const onScroll = (): void => {
    const element = box.current;
    if (element === null) return;
    setScrollPx(element.scrollTop);
    setFollow(element.scrollHeight - element.scrollTop - element.clientHeight < rowPx * 1.5);
  };
  const behind = frozen === null ? 0 : (tail.lines.at(-1)?.seq ?? 0) - (frozen.lines.at(-1)?.seq ?? 0);
  const { from, to } = visibleRows(lines.length, rowPx, scrollPx, viewPx);

  return (
    <div className="log">
      <div className="log-bar">
        <label className="search">
          <Search size={14} aria-hidden="true" />
          <span className="visually-hidden">Search in the log of {name}</span>
          <input type="search" placeholder="Search this log" value={query} onChange={(event) => setQuery(event.target.value)} />
        </label>
        {question?.range}
        <span className="log-count" role="status">
          {!live || wanted.trim() === '' ? plural(lines.length, 'line') : `${countText(lines.length)} of ${plural(shown.lines.length, 'line')}`}
          {question?.partial === true ? (
            <span className="log-dropped" title="A shorter time or a longer search text narrows it down.">
              {' '}
              · the newest, there are more
            </span>
          ) : null}
          {shown.dropped > 0 ? (
            <span className="log-dropped" title="More was written than could be kept; the file on disk may hold more.">
              {' '}
              · {countText(shown.dropped)} dropped
            </span>
          ) : null}
        </span>
        {problem === null ? null : <span className="log-problem">{problem}</span>}
        <div className="log-acts" hidden={!live}>
          <Button
            size="small"
            look="quiet"
            aria-pressed={frozen !== null}
            icon={frozen === null ? <Pause size={14} aria-hidden="true" /> : <Play size={14} aria-hidden="true" />}
            onClick={() => setFrozen(frozen === null ? tail : null)}
          >
            {frozen === null ? 'Pause' : behind > 0 ? `Resume (${countText(behind)} new)` : 'Resume'}
          </Button>
          <Button size="small" look="quiet" aria-pressed={follow} icon={<ArrowDownToLine size={14} aria-hidden="true" />} onClick={() => setFollow(!follow)}>
            Follow
          </Button>
        </div>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region has to be reachable by keyboard */}
      <div className="log-box" ref={box} onScroll={onScroll} role="log" aria-live="off" aria-label={`Log of ${name}`} tabIndex={0}>
        {lines.length === 0 ? (
          <p className="log-empty">{loading ? 'Reading the log…' : emptyText(name, wanted.trim(), live)}</p>
        ) : (
          <div className="log-space" style={{ height: lines.length * rowPx }}>
            <ol className="log-rows" style={{ transform: `translateY(${from * rowPx}px)` }}>
              {lines.slice(from, to).map((line) => (
                <li key={line.seq} className={`log-row log-${line.stream}`}>
                  <span className="log-time">{live ? clockText(line.atMs) : dateText(line.atMs)}</span>
                  <span className="log-stream">{streamNames[line.stream]}</span>
                  <span className="log-text">{printable(line.text)}</span>
                </li>
              ))}
            </ol>
          </div>
        )}
      </div>
    </div>
  );
}

function emptyText(name: string, wanted: string, live: boolean): string {
  if (wanted !== '') return `No line ${live ? '' : 'of that time '}holds “${wanted}”.`;
  return live ? `${name} has not written anything yet.` : `${name} wrote nothing in that time.`;
}
