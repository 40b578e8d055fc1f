import { ArrowUpToLine, Ban, RotateCw } from 'lucide-react';
import { useState } from 'react';
import type { JobRow, JobState } from '../../../contract/job-views.js';
import { useIsLive } from '../../client/roost.js';
import { hrefTo } from '../../client/route.js';
import { useAct } from '../../client/use-act.js';
import { useNow } from '../../client/use-now.js';
import { none, shareText } from '../../format/numbers.js';
import { printable } from '../../format/printable.js';
import { ageText, agoText, dateText, durationText } from '../../format/time.js';
import { Button } from '../../ui/Button.js';
import { ConfirmDialog } from '../../ui/ConfirmDialog.js';

const when: Readonly<Record<JobState, string>> = { waiting: 'Added', active: 'Started', delayed: 'Due', failed: 'Failed', completed: 'Completed' };
const quick = { waiting: 'cancel', active: 'cancel', delayed: 'promote', failed: 'retry', completed: null } as const;

function timeOf(job: JobRow): number | null {
  return { waiting: job.createdAtMs, active: job.startedAtMs, delayed: job.dueAtMs, failed: job.finishedAtMs, completed: job.finishedAtMs }[job.state];
}

/** One page of jobs; each opens on its name and offers the one act its state asks for. */
export function JobList({ jobs, state, onActed }: { readonly jobs: readonly JobRow[]; readonly state: JobState; readonly onActed: () => void }) {
  const [asking, setAsking] = useState<JobRow | null>(null);
  const { run } = useAct();
  const act = async (name: 'cancel' | 'promote' | 'retry', job: JobRow): Promise<void> => {
    await run(`job.${name}`, { queue: job.queue, id: job.id }, `The job was not ${{ cancel: 'cancelled', promote: 'promoted', retry: 'retried' }[name]}`);
    onActed();
  };
  return (
    <div className="table-scroll">
      <table className="table job-table">
        <thead>
          <tr>
            <th scope="col">Job</th>
            <th scope="col">{when[state]}</th>
            <th scope="col" className="num">
              Tries
            </th>
            <th scope="col">{state === 'failed' ? 'Why' : state === 'active' ? 'Progress' : 'Data'}</th>
            <th scope="col" className="wide">
              Worker
            </th>
            <th scope="col">
              <span className="visually-hidden">Acts</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {jobs.map((job) => (
            <JobLine
              key={job.id}
              job={job}
              onAct={(name) => {
                if (name === 'cancel') setAsking(job);
                else void act(name, job);
              }}
            />
          ))}
        </tbody>
      </table>
      {asking === null ? null : (
        <ConfirmDialog
          title={`Cancel ${asking.name} ${asking.id}?`}
          text={asking.state === 'active' ? 'Its worker is told to stop. What it has done so far stays done.' : 'It leaves the line and never runs.'}
          confirm="Cancel job"
          keep="Keep it"
          onConfirm={() => void act('cancel', asking)}
          onClose={() => setAsking(null)}
        />
      )}
    </div>
  );
}

function JobLine({ job, onAct }: { readonly job: JobRow; readonly onAct: (name: 'cancel' | 'promote' | 'retry') => void }) {
  const nowMs = useNow();
  const live = useIsLive();
  const atMs = timeOf(job);
  const act = job.name === 'canary' || (job.state === 'failed' && job.queue === 'turns') ? null : quick[job.state];
  return (
    <tr className="row">
      <th scope="row">
        <a className="job-name" href={hrefTo('queues', `${job.queue}/${job.id}`)}>
          {job.name}
          <small>{job.id}</small>
        </a>
      </th>
      <td title={atMs === null ? undefined : dateText(atMs)}>
        {atMs === null ? none : job.state === 'delayed' && atMs > nowMs ? `in ${ageText(atMs - nowMs)}` : agoText(nowMs - atMs)}
        {job.finishedAtMs === null || job.startedAtMs === null ? null : <small>ran {durationText(job.finishedAtMs - job.startedAtMs)}</small>}
      </td>
      <td className="num">
        {job.attempts} / {job.maxAttempts}
      </td>
      <td className="job-words">
        {job.state === 'failed' ? printable(job.error ?? none) : job.state === 'active' ? progressWords(job) : <code>{printable(job.preview)}</code>}
      </td>
      <td className="wide job-worker">{job.worker === null ? none : job.worker.slice(job.worker.indexOf('.') + 1)}</td>
      <td className="row-acts">
        {act === null ? null : (
          <Button size="small" icon={icons[act]} disabled={!live} aria-label={`${labels[act]} ${job.name} ${job.id}`} onClick={() => onAct(act)}>
            {labels[act]}
          </Button>
        )}
      </td>
    </tr>
  );
}

const labels = { cancel: 'Cancel', promote: 'Run now', retry: 'Retry' } as const;
const icons = {
  cancel: <Ban size={14} aria-hidden="true" />,
  promote: <ArrowUpToLine size={14} aria-hidden="true" />,
  retry: <RotateCw size={14} aria-hidden="true" />,
} as const;

function progressWords({ progress }: JobRow): string {
  if (progress === null) return 'in hand';
  return [progress.fraction === null ? '' : shareText(progress.fraction), printable(progress.text)].filter(Boolean).join(' · ');
}
