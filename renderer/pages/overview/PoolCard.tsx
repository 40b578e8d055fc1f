import { Bird, Minus, Plus, User } from 'lucide-react';
import { wantedWarm } from '../../../contract/pool-views.js';
import type { PoolView, SlotView } from '../../../contract/state.js';
import { useIsLive, useSlice } from '../../client/roost.js';
import { hrefTo } from '../../client/route.js';
import { useAct } from '../../client/use-act.js';
import { useNow } from '../../client/use-now.js';
import { bytesText, countText, plural, shareText } from '../../format/numbers.js';
import { ageText } from '../../format/time.js';
import { slotTone } from '../../format/tones.js';
import { slotStateText } from '../../format/wording.js';
import { Button } from '../../ui/Button.js';
import { Card } from '../../ui/Card.js';
import { EmptyState } from '../../ui/EmptyState.js';
import { Gauge } from '../../ui/Gauge.js';
import { StatusIcon } from '../../ui/StatusIcon.js';

const maxTarget = 100;

export function PoolCard() {
  const pool = useSlice('pool');
  const live = useIsLive();
  const { busy, run } = useAct();
  const resize = (size: number): void => void run('pool.resize', { size }, 'The pool was not resized');
  const hits = pool.stats.assigned === 0 ? null : pool.stats.prewarmedHits / pool.stats.assigned;
  return (
    <Card title="Pool" hint={`template ${pool.template}`} className="span-5 pool-card">
      <div className="pool-top">
        <Gauge value={pool.ready} coming={pool.starting} max={Math.min(pool.target, wantedWarm(pool))} label="Warm agents" unit="warm agents" />
        <div className="pool-side">
          <fieldset className="stepper" disabled={busy || !live}>
            <legend>Keep warm</legend>
            <Button
              size="small"
              icon={<Minus size={14} aria-hidden="true" />}
              aria-label="One agent less"
              disabled={pool.target <= 0}
              onClick={() => resize(pool.target - 1)}
            />
            <output>{pool.target}</output>
            <Button
              size="small"
              icon={<Plus size={14} aria-hidden="true" />}
              aria-label="One agent more"
              disabled={pool.target >= maxTarget}
              onClick={() => resize(pool.target + 1)}
            />
          </fieldset>
          <dl className="facts">
            <div>
              <dt>In sessions</dt>
              <dd>
                {pool.assigned} <span>of {pool.capacity}</span>
              </dd>
            </div>
            <div>
              <dt>Handed out warm</dt>
              <dd>
                {shareText(hits)} <span>of {countText(pool.stats.assigned)}</span>
              </dd>
            </div>
            <div>
              <dt>Died, replaced</dt>
              <dd>{countText(pool.stats.died)}</dd>
            </div>
          </dl>
        </div>
      </div>
      {pool.trouble === null ? null : (
        <p className="pool-trouble">
          <StatusIcon tone="warn" /> {pool.trouble}
        </p>
      )}
      {pool.slots.length === 0 ? (
        <EmptyState icon={<Bird size={20} />} title="No agents">
          {pool.target === 0
            ? 'The pool is set to zero: sessions start their agent on demand.'
            : 'The first agents are started as soon as Redis and the worker are up.'}
        </EmptyState>
      ) : (
        <ul className="slots" aria-label={plural(pool.slots.length, 'agent')}>
          {warmFirst(pool.slots).map((slot) => (
            <Slot key={slot.agentId} slot={slot} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function Slot({ slot }: { readonly slot: SlotView }) {
  const nowMs = useNow();
  const body = (
    <>
      <span className="slot-name">
        {slot.state === 'assigned' ? (
          <User className="slot-taken" size={13} strokeWidth={2.2} aria-hidden="true" />
        ) : (
          <StatusIcon tone={slotTone(slot.state)} size={13} />
        )}
        {slot.agentId}
      </span>
      <span className="slot-state">{slotStateText(slot.state)}</span>
      <span className="slot-facts">
        {ageText(nowMs - slot.sinceMs)} · {bytesText(slot.rssBytes)}
      </span>
    </>
  );
  const title = [slot.detail, slot.pid === null ? '' : `pid ${slot.pid}`, slot.sessionId === null ? '' : `session ${slot.sessionId}`]
    .filter((part) => part !== '')
    .join('\n');
  return (
    <li className={`slot slot-${slot.state}`} title={title}>
      {slot.sessionId === null ? <a href={hrefTo('processes', slot.agentId)}>{body}</a> : <a href={hrefTo('sessions', slot.sessionId)}>{body}</a>}
    </li>
  );
}

/** Those that are ready are what the card is about; the rest keeps its order. */
function warmFirst(slots: PoolView['slots']): PoolView['slots'] {
  const rank = (slot: PoolView['slots'][number]): number => (slot.state === 'ready' ? 0 : slot.state === 'starting' ? 1 : 2);
  return [...slots].sort((a, b) => rank(a) - rank(b));
}
