import type { WatchView } from '../../../contract/watch.js';
import { hrefTo } from '../../client/route.js';
import { useNow } from '../../client/use-now.js';
import { countText, none } from '../../format/numbers.js';
import { printable } from '../../format/printable.js';
import { agoText, dateText, durationText } from '../../format/time.js';
import { waitingText, watchKindWord, watchTone, watchWord } from '../../format/watch.js';
import { Badge } from '../../ui/Badge.js';
import { Card } from '../../ui/Card.js';
import { classes } from '../../ui/classes.js';

export function WatchCard({ watch, marked }: { readonly watch: WatchView; readonly marked: boolean }) {
  const nowMs = useNow();
  return (
    <Card
      title={watch.name}
      hint={watchKindWord(watch.kind)}
      {...(marked ? { className: 'watch-marked' } : {})}
      actions={
        <Badge tone={watchTone(watch.state)} solid>
          {watchWord(watch.state)}
        </Badge>
      }
    >
      <p className="watch-path">{printable(watch.path)}</p>
      {watch.problem === null ? null : (
        <p className={classes('watch-problem', watch.state === 'problem' ? 'watch-problem-bad' : 'watch-problem-warn')}>{printable(watch.problem)}</p>
      )}
      <dl className="watch-facts">
        <Fact name="Queued" value={countText(watch.queued)} />
        <Fact name={watch.kind === 'jsonl' ? 'Files read' : 'There now'} value={countText(watch.present)} />
        <Fact name="Not queued yet" value={waitingText(watch)} />
        <Fact name="Lag" value={watch.lagMs === null ? none : durationText(watch.lagMs)} />
        <Fact name="Set aside" value={countText(watch.rejected)} />
        {watch.open === null ? null : <Fact name="Jobs not ended" value={countText(watch.open)} />}
        <Fact name="Last look" value={watch.lastScanAtMs === null ? 'never' : `${agoText(nowMs - watch.lastScanAtMs)}, took ${durationText(watch.scanMs)}`} />
        <div>
          <dt>Jobs</dt>
          <dd>
            {watch.handler} in{' '}
            <a className="text-link" href={hrefTo('queues', watch.queue)}>
              {watch.queue}
            </a>
          </dd>
        </div>
      </dl>
      {watch.rejects.length === 0 ? null : (
        <>
          <h3 className="watch-rejects-title">Set aside last</h3>
          <ul className="watch-rejects">
            {watch.rejects.map((reject) => (
              <li key={`${reject.atMs}-${reject.item}`}>
                <time title={dateText(reject.atMs)}>{agoText(nowMs - reject.atMs)}</time>
                <span className="watch-item">{printable(reject.item)}</span>
                <span className="watch-reason">{printable(reject.reason)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Card>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
