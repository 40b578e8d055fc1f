import { RotateCw, SlidersHorizontal } from 'lucide-react';
import { useState } from 'react';
import type { ProcessView } from '../../../contract/state.js';
import type { WorkerView } from '../../../contract/work-methods.js';
import { useIsLive } from '../../client/roost.js';
import { hrefTo } from '../../client/route.js';
import { useAct } from '../../client/use-act.js';
import { useReading } from '../../client/use-reading.js';
import { bytesText, countText, plural } from '../../format/numbers.js';
import { printable } from '../../format/printable.js';
import { ageText, durationText } from '../../format/time.js';
import { processTone } from '../../format/tones.js';
import { processStateText } from '../../format/wording.js';
import { limitText, rateLimitText, slotsText } from '../../format/workers.js';
import { Badge } from '../../ui/Badge.js';
import { Button } from '../../ui/Button.js';
import { Card } from '../../ui/Card.js';
import { useToast } from '../../ui/Toasts.js';
import { SlotsDialog } from './SlotsDialog.js';

const renewWithinMs = 60_000;
const states = ['stopped', 'starting', 'running', 'stopping', 'backoff', 'quarantined', 'failed'] as const satisfies readonly ProcessView['state'][];

/** Every worker, here and on other machines: slots by queue, how far it is to a fresh process, and what may be changed. */
export function WorkersCard() {
  const { value, problem, again } = useReading('worker.list', {}, 2_000);
  // The worker as it was then: while it is missing from one reading, what a person has typed must not be lost.
  const [tuned, setTuned] = useState<WorkerView | null>(null);
  const rates = Object.entries(value?.rates ?? {});
  return (
    <Card title="Workers" flush className="workers-card" {...(value === null ? {} : { hint: handlerText(value.handlerProcesses) })}>
      {value === null ? (
        <p className="queue-quiet">{problem ?? 'Reading…'}</p>
      ) : value.workers.length === 0 ? (
        <p className="queue-quiet">No worker is configured: no job begins.</p>
      ) : (
        <div className="table-scroll">
          <table className="table workers-table">
            <thead>
              <tr>
                <th scope="col">Worker</th>
                <th scope="col" title="Jobs in hand of those it may take side by side">
                  Slots in use
                </th>
                <th scope="col" className="num" title="Since its process runs; a fresh process takes over after so many">
                  Jobs done
                </th>
                <th scope="col" className="num" title="A fresh process takes over above so much">
                  Memory
                </th>
                <th scope="col" className="num">
                  Up
                </th>
                <th scope="col">
                  <span className="visually-hidden">Acts</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {value.workers.map((one) => (
                <WorkerRow key={`${one.machine} ${one.name} ${one.pid}`} one={one} onTune={() => setTuned(one)} onActed={again} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {rates.length === 0 ? null : (
        <p className="workers-rates">
          Rate limits:{' '}
          {rates.map(([queue, rate], index) => (
            <span key={queue}>
              {index === 0 ? '' : ', '}
              <a className="text-link" href={hrefTo('queues', queue)}>
                {queue}
              </a>{' '}
              {rateLimitText(rate)}
            </span>
          ))}
        </p>
      )}
      {tuned === null ? null : <SlotsDialog worker={tuned} onDone={again} onClose={() => setTuned(null)} />}
    </Card>
  );
}

function WorkerRow({ one, onTune, onActed }: { readonly one: WorkerView; readonly onTune: () => void; readonly onActed: () => void }) {
  const live = useIsLive();
  const toast = useToast();
  const { run, busy } = useAct();
  const state = states.find((known) => known === one.state);
  const renew = async (): Promise<void> => {
    const answer = await run('worker.renew', { worker: one.name }, `${one.name} was not renewed`, renewWithinMs);
    if (answer === null) return;
    if (answer.renewed) toast({ tone: 'good', title: `${one.name} is fresh`, text: 'A fresh process has taken over; the old one finishes what it holds.' });
    else toast({ tone: 'bad', title: `${one.name} was not renewed`, text: 'No fresh process could take over. It goes on with the one it has.' });
    onActed();
  };
  return (
    <tr className="row">
      <th scope="row">
        <span className="workers-name">
          {printable(one.name)}
          {one.state === 'running' ? null : (
            <Badge tone={state === undefined ? 'idle' : processTone(state)}>{state === undefined ? one.state : processStateText(state)}</Badge>
          )}
          <small className="workers-where" title={one.machine === null ? undefined : printable(one.machine)}>
            {[one.machine === null ? 'this host' : printable(one.machine), ...(one.balanced ? ['slots follow the load'] : [])].join(' · ')}
          </small>
        </span>
      </th>
      <td>
        <ul className="workers-slots">
          {one.queues.map((queue) => (
            <li key={queue.queue}>
              <a className="queue-name" href={hrefTo('queues', queue.queue)}>
                {queue.queue}
              </a>{' '}
              <b className={queue.busy > 0 ? 'workers-busy' : undefined}>{slotsText(queue)}</b>
            </li>
          ))}
        </ul>
        {one.jobs.length === 0 ? null : (
          <small className="workers-jobs" title={one.jobs.map((job) => `${job.queue} ${job.name} ${job.id} for ${durationText(job.forMs)}`).join('\n')}>
            {one.jobs
              .slice(0, 3)
              .map((job) => `${printable(job.name)} (${ageText(job.forMs)})`)
              .join(', ')}
            {one.jobs.length > 3 ? ` and ${countText(one.jobs.length - 3)} more` : ''}
          </small>
        )}
      </td>
      <td className="num">
        {countText(one.jobsDone)}
        <small className="workers-limit">{limitText(one.recycleAfterJobs, countText)}</small>
      </td>
      <td className="num">
        {bytesText(one.rssBytes)}
        <small className="workers-limit">{limitText(one.memoryBytes, bytesText)}</small>
      </td>
      <td className="num">{ageText(one.ageMs)}</td>
      <td className="row-acts">
        {one.machine === null ? (
          <>
            <Button
              size="small"
              icon={<SlidersHorizontal size={14} aria-hidden="true" />}
              disabled={!live}
              aria-label={`Slots of ${one.name}`}
              onClick={onTune}
            >
              Slots…
            </Button>{' '}
            <Button
              size="small"
              icon={<RotateCw size={14} aria-hidden="true" className={busy ? 'spin' : ''} />}
              disabled={!live || busy || one.state !== 'running'}
              aria-label={`Renew ${one.name}`}
              title="A fresh process takes over without a gap"
              onClick={() => void renew()}
            >
              Renew
            </Button>
          </>
        ) : null}
      </td>
    </tr>
  );
}

const handlerText = (of: { readonly processes: number; readonly busy: number; readonly waiting: number; readonly most: number }): string =>
  `${countText(of.processes)} of at most ${plural(of.most, 'handler process', 'handler processes')}, ${countText(of.busy)} busy${of.waiting === 0 ? '' : `, ${plural(of.waiting, 'job waits', 'jobs wait')} for one`}`;
