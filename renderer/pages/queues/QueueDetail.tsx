import { ArrowLeft, Gauge, Pause, Play, Plus } from 'lucide-react';
import { useState } from 'react';
import { useIsLive, useSlice } from '../../client/roost.js';
import { goTo, hrefTo } from '../../client/route.js';
import { useAct } from '../../client/use-act.js';
import { useReading } from '../../client/use-reading.js';
import { clearText, rateText } from '../../format/jobs.js';
import { countText, none, plural } from '../../format/numbers.js';
import { durationText } from '../../format/time.js';
import { rateLimitText } from '../../format/workers.js';
import { Button } from '../../ui/Button.js';
import { EmptyState } from '../../ui/EmptyState.js';
import { Stat } from '../../ui/Stat.js';
import { AddJobDialog } from './AddJobDialog.js';
import { JobDrawer } from './JobDrawer.js';
import { JobsCard } from './JobsCard.js';
import { QueueFigures } from './QueueFigures.js';
import { emptyBoard } from './QueueTable.js';
import { RateDialog } from './RateDialog.js';

/** Everything about one queue, and one of its jobs in front of it. */
export function QueueDetail({ name, jobId }: { readonly name: string; readonly jobId: string | null }) {
  const view = useSlice('health').queues[name];
  const board = useSlice('queues')[name] ?? emptyBoard;
  const live = useIsLive();
  const { run } = useAct();
  const [adding, setAdding] = useState(false);
  const [limiting, setLimiting] = useState(false);
  const working = useReading('worker.list', {}, 5_000);
  const rate = working.value?.rates[name];
  if (view === undefined)
    return (
      <EmptyState icon={<ArrowLeft size={20} />} title={`There is no queue called ${name.slice(0, 60)}`} action={<a href={hrefTo('queues')}>All queues</a>}>
        Queues are the default ones and those that workers in the config name.
      </EmptyState>
    );
  const paused = board.paused || view.paused === true;
  return (
    <>
      <div className="page-head">
        <h1>
          <a className="queue-back" href={hrefTo('queues')}>
            Queues
          </a>{' '}
          / {name}
        </h1>
        <p>
          {plural(view.workers, 'worker')}
          {rate === undefined ? '' : `, at most ${rateLimitText(rate)}`}
        </p>
        <div className="page-acts queue-acts">
          <Button icon={<Plus size={14} aria-hidden="true" />} disabled={!live} onClick={() => setAdding(true)}>
            Add job
          </Button>
          <Button icon={<Gauge size={14} aria-hidden="true" />} disabled={!live || working.value === null} onClick={() => setLimiting(true)}>
            Rate limit…
          </Button>
          {paused ? (
            <Button
              look="primary"
              icon={<Play size={14} aria-hidden="true" />}
              disabled={!live}
              onClick={() => void run('queue.resume', { queue: name }, `${name} was not resumed`)}
            >
              Resume
            </Button>
          ) : (
            <Button
              icon={<Pause size={14} aria-hidden="true" />}
              disabled={!live}
              onClick={() => void run('queue.pause', { queue: name }, `${name} was not paused`)}
            >
              Pause
            </Button>
          )}
        </div>
      </div>
      {paused ? <p className="queue-notice queue-notice-warn">This queue is paused: no job of it begins until you resume it. Jobs in hand go on.</p> : null}
      {board.unconsumed ? (
        <p className="queue-notice queue-notice-bad">
          No worker consumes this queue: what waits here waits for ever. Name it under <code>workers</code> in the config, or start <code>roost worker</code> on
          a machine that shares this Redis.
        </p>
      ) : null}
      <dl className="stats queue-stats">
        <Stat name="Waiting" value={countText(view.waiting)} context={view.waiting === 0 ? 'nothing waits' : `oldest ${durationText(view.oldestWaitingMs)}`} />
        <Stat name="Active" value={countText(view.active)} context={`${countText(board.workers.reduce((sum, worker) => sum + worker.concurrency, 0))} slots`} />
        <Stat name="Delayed" value={countText(view.delayed)} context="due later" />
        <Stat
          name="Failed"
          value={countText(view.failed)}
          context={`${countText(view.completed)} completed kept`}
          {...(view.failed > 0 ? { tone: 'bad' as const } : {})}
        />
        <Stat name="Rate" value={rateText(board.perMinute)} context={board.failedPerMinute > 0 ? `${rateText(board.failedPerMinute)} failed` : 'none failed'} />
        <Stat
          name="Time to clear"
          value={clearText(view, board)}
          context={view.waiting === 0 ? none : paused ? 'until you resume it' : board.clearMs === null ? 'nothing ended lately' : 'at this rate'}
        />
      </dl>
      <QueueFigures name={name} board={board} />
      <JobsCard name={name} view={view} />
      {jobId === null ? null : <JobDrawer queue={name} id={jobId} onClose={() => goTo('queues', name)} />}
      {limiting ? (
        <RateDialog
          queue={name}
          rate={rate}
          onClose={() => {
            setLimiting(false);
            working.again();
          }}
        />
      ) : null}
      {adding ? <AddJobDialog queue={name} names={board.names.map((one) => one.name)} onClose={() => setAdding(false)} /> : null}
    </>
  );
}
