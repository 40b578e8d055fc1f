import { useState } from 'react';
import type { JobAct, JobDetail } from '../../../contract/job-views.js';
import { useIsLive } from '../../client/roost.js';
import { hrefTo } from '../../client/route.js';
import { useAct } from '../../client/use-act.js';
import { useReading } from '../../client/use-reading.js';
import { jobTone, jsonText } from '../../format/jobs.js';
import { none, plural, shareText } from '../../format/numbers.js';
import { printable } from '../../format/printable.js';
import { dateText, durationText } from '../../format/time.js';
import { Badge } from '../../ui/Badge.js';
import { Button } from '../../ui/Button.js';
import { ConfirmDialog } from '../../ui/ConfirmDialog.js';
import { Drawer } from '../../ui/Drawer.js';
import { useToast } from '../../ui/Toasts.js';
import { AddJobDialog } from './AddJobDialog.js';
import { JobResult } from './JobResult.js';

const questions = {
  cancel: {
    title: 'Cancel this job?',
    text: 'If it waits, it never runs; if a worker holds it, that one is told to stop. What it has done so far stays done.',
    confirm: 'Cancel job',
  },
  remove: { title: 'Remove this job?', text: 'Its data, result and log are gone for good; the history keeps one line of it.', confirm: 'Remove job' },
} as const;
const labels: Readonly<Record<JobAct, string>> = { retry: 'Run again', cancel: 'Cancel', remove: 'Remove', promote: 'Run now', duplicate: 'Duplicate…' };
const order: readonly JobAct[] = ['retry', 'promote', 'duplicate', 'cancel', 'remove'];

/** One job whole, read again while it is open. */
export function JobDrawer({ queue, id, onClose }: { readonly queue: string; readonly id: string; readonly onClose: () => void }) {
  const { value, problem, again } = useReading('job.get', { queue, id }, 1_500);
  const job = value?.job ?? null;
  return (
    <Drawer title={job === null ? id : <span className="job-title">{job.name}</span>} onClose={onClose}>
      {job === null ? <p className="queue-quiet">{problem ?? 'Reading…'}</p> : <Body job={job} again={again} onClose={onClose} />}
    </Drawer>
  );
}

function Body({ job, again, onClose }: { readonly job: JobDetail; readonly again: () => void; readonly onClose: () => void }) {
  const live = useIsLive();
  const toast = useToast();
  const { run, busy } = useAct();
  const [asking, setAsking] = useState<'cancel' | 'remove' | null>(null);
  const [copying, setCopying] = useState(false);
  const target = { queue: job.queue, id: job.id };
  const act = async (name: Exclude<JobAct, 'duplicate'>): Promise<void> => {
    const answer = await run(`job.${name}`, target, `That was not possible`);
    if (answer === null) return;
    toast({ tone: 'good', title: labels[name], text: answer.message });
    if (name === 'remove' || (name === 'cancel' && 'status' in answer && answer.status === 'cancelled')) onClose();
    else again();
  };
  return (
    <>
      <div className="job-top">
        <Badge tone={jobTone(job.state)} solid>
          {job.state}
        </Badge>
        <code>{job.id}</code>
      </div>
      <div className="job-acts">
        {order.map((name) => (
          <Button
            key={name}
            size="small"
            look={name === 'cancel' || name === 'remove' ? 'danger' : 'plain'}
            disabled={!live || busy || job.acts[name] !== null}
            title={job.acts[name] ?? undefined}
            onClick={() => {
              if (name === 'duplicate') setCopying(true);
              else if (name === 'cancel' || name === 'remove') setAsking(name);
              else void act(name);
            }}
          >
            {labels[name]}
          </Button>
        ))}
      </div>
      {job.error === null ? null : <p className="job-error">{printable(job.error)}</p>}
      <Facts job={job} />
      {job.result === null ? null : <JobResult value={job.result} />}
      <section aria-label="Data">
        <h3>Data{job.cut ? ' (cut: it is too long to be read here)' : ''}</h3>
        <pre className="job-json">{printable(jsonText(job.data))}</pre>
      </section>
      <section aria-label="Timeline">
        <h3>Timeline</h3>
        <ol className="job-timeline">
          {job.timeline.map((step, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: steps have no name of their own
            <li key={`${step.atMs}-${index}`}>
              <time>{dateText(step.atMs)}</time>
              <span>{printable(step.text)}</span>
            </li>
          ))}
        </ol>
      </section>
      {job.logs.length === 0 ? null : (
        <section aria-label="Log">
          <h3>Log{job.logLines > job.logs.length ? `, the last ${job.logs.length} of ${plural(job.logLines, 'line')}` : ''}</h3>
          <pre className="job-json">{job.logs.map((line) => printable(line)).join('\n')}</pre>
        </section>
      )}
      {job.tries.length === 0 ? null : (
        <section aria-label="Failed tries">
          <h3>Failed tries</h3>
          {[...job.tries].reverse().map((one) => (
            <details key={`${one.attempt} ${one.atMs ?? ''}`} className="job-try">
              <summary>
                Try {one.attempt}: {printable(one.error)}
                <small>
                  {[one.atMs === null ? '' : dateText(one.atMs), one.runMs === null ? '' : `after ${durationText(one.runMs)}`, one.worker ?? '']
                    .filter(Boolean)
                    .join(' · ')}
                </small>
              </summary>
              <pre className="job-json">{printable(one.stack ?? 'No stack was kept.')}</pre>
            </details>
          ))}
        </section>
      )}
      {asking === null ? null : <ConfirmDialog {...questions[asking]} keep="Keep it" onConfirm={() => void act(asking)} onClose={() => setAsking(null)} />}
      {copying ? (
        <AddJobDialog queue={job.queue} names={[]} like={{ id: job.id, name: job.name, data: jsonText(job.data) }} onClose={() => setCopying(false)} />
      ) : null}
    </>
  );
}

function Facts({ job }: { readonly job: JobDetail }) {
  const ranMs = job.startedAtMs === null || job.finishedAtMs === null ? null : job.finishedAtMs - job.startedAtMs;
  const facts: readonly (readonly [string, string])[] = [
    ['Queue', job.queue],
    ['Tries', `${job.attempts} of ${job.maxAttempts}`],
    ['Ran', durationText(ranMs)],
    ['Worker', job.worker ?? none],
    ...(job.priority > 0 ? [['Priority', String(job.priority)] as const] : []),
    ...(job.deaths > 0 ? [['Deaths', `${plural(job.deaths, 'worker')} died while they held it`] as const] : []),
    ...(job.progress === null
      ? []
      : [['Progress', [job.progress.fraction === null ? '' : shareText(job.progress.fraction), job.progress.text].filter(Boolean).join(' · ')] as const]),
  ];
  return (
    <dl className="job-facts">
      {facts.map(([name, text]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{printable(text)}</dd>
        </div>
      ))}
      {job.turn === null ? null : (
        <div>
          <dt>Turn</dt>
          <dd>
            <a className="text-link" href={hrefTo('sessions', job.turn.sessionId)}>
              {job.turn.turnId}
            </a>
          </dd>
        </div>
      )}
    </dl>
  );
}
