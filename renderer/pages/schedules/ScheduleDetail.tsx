import { GitCompare, Power } from 'lucide-react';
import { useState } from 'react';
import type { ScheduleView } from '../../../contract/schedules.js';
import { useIsLive } from '../../client/roost.js';
import { useAct } from '../../client/use-act.js';
import { useNow } from '../../client/use-now.js';
import { none } from '../../format/numbers.js';
import { kindText, missedText, outcomeText, overlapText, runTone, untilText, zonedText } from '../../format/schedule.js';
import { clockText, dateText, durationText } from '../../format/time.js';
import { Badge } from '../../ui/Badge.js';
import { Button } from '../../ui/Button.js';
import { CompareDialog } from './CompareDialog.js';
import { useSchedule } from './use-schedule.js';

const shownRuns = 25;

export function ScheduleDetail({ schedule }: { readonly schedule: ScheduleView }) {
  const nowMs = useNow();
  const live = useIsLive();
  const { run } = useAct();
  const [comparing, setComparing] = useState(false);
  const { draft, runs, problem } = useSchedule(schedule, shownRuns);
  const goLive = (): void => void run('schedule.put', { name: schedule.name, ...draft, mode: 'run', revision: schedule.revision }, 'It stays a shadow');
  return (
    <div className="process-detail">
      <dl className="detail-facts">
        <div>
          <dt>Next runs</dt>
          <dd>
            {schedule.next.length === 0
              ? none
              : schedule.next.map((at) => (
                  <span key={at} className="schedule-when">
                    {zonedText(at, schedule.tz, schedule.everyMs)} <small>{untilText(at, nowMs)}</small>
                  </span>
                ))}
          </dd>
        </div>
        <div className="schedule-policy">
          <dt>Rules</dt>
          <dd>
            <span className="schedule-when">{missedText(schedule)}</span>
            <span className="schedule-when">{overlapText(schedule.overlap)}</span>
            {schedule.inLine === 0 ? null : <span className="schedule-when">{schedule.inLine} in line behind it.</span>}
            {schedule.why === null ? null : <span className="schedule-when schedule-reason">{schedule.why}</span>}
          </dd>
        </div>
        <div className="schedule-data">
          <dt>Data</dt>
          <dd>
            <pre>{JSON.stringify(draft?.data ?? {}, null, 2)}</pre>
          </dd>
        </div>
      </dl>
      {schedule.mode === 'shadow' ? (
        <div className="schedule-shadow">
          <p>It runs beside the old system and only writes down what it would do. When both agree, let it run here and stop it there.</p>
          <Button size="small" icon={<GitCompare size={14} aria-hidden="true" />} disabled={!live} onClick={() => setComparing(true)}>
            Compare with a log…
          </Button>
          <Button size="small" look="primary" icon={<Power size={14} aria-hidden="true" />} disabled={!live || draft === null} onClick={goLive}>
            Let it run here
          </Button>
        </div>
      ) : null}
      {problem === null ? null : <p className="field-problem">{problem}</p>}
      {runs === null ? null : runs.length === 0 ? (
        <p className="setting-text schedule-none">No run so far.</p>
      ) : (
        <div className="schedule-runs">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Outcome</th>
                <th scope="col">At</th>
                <th scope="col">For</th>
                <th scope="col" className="num">
                  Took
                </th>
                <th scope="col">Note</th>
              </tr>
            </thead>
            <tbody>
              {runs.map((one) => (
                <tr key={one.id}>
                  <td>
                    <Badge tone={runTone(one)}>{outcomeText(one)}</Badge>
                  </td>
                  <td title={dateText(one.atMs)}>{clockText(one.atMs)}</td>
                  <td>
                    {one.dueMs === null || one.outcome === 'missed'
                      ? kindText(one.kind)
                      : `${zonedText(one.dueMs, schedule.tz, schedule.everyMs)}${one.kind === 'missed' ? ', made up for' : ''}`}
                  </td>
                  <td className="num">{one.startedAtMs === null || one.endedAtMs === null ? none : durationText(one.endedAtMs - one.startedAtMs)}</td>
                  <td className="schedule-note" title={one.jobId ?? ''}>
                    {one.note ?? ''}
                    {one.data === undefined ? null : <code>{JSON.stringify(one.data)}</code>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {comparing ? <CompareDialog schedule={schedule} onClose={() => setComparing(false)} /> : null}
    </div>
  );
}
