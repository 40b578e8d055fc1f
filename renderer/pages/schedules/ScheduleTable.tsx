import { ChevronRight, Pause, Pencil, Play, SlidersHorizontal, Trash2, Zap } from 'lucide-react';
import { Fragment, useState } from 'react';
import type { ScheduleView } from '../../../contract/schedules.js';
import { useIsLive } from '../../client/roost.js';
import { goTo } from '../../client/route.js';
import { useAct } from '../../client/use-act.js';
import { useNow } from '../../client/use-now.js';
import { none } from '../../format/numbers.js';
import { outcomeText, ruleText, runTone, scheduleStateText, scheduleTone, untilText, zonedText } from '../../format/schedule.js';
import { agoText, dateText } from '../../format/time.js';
import { Badge } from '../../ui/Badge.js';
import { Button } from '../../ui/Button.js';
import { ConfirmDialog } from '../../ui/ConfirmDialog.js';
import { Menu } from '../../ui/Menu.js';
import { useToast } from '../../ui/Toasts.js';
import { RunDialog } from './RunDialog.js';
import { ScheduleDetail } from './ScheduleDetail.js';
import { ScheduleEditor } from './ScheduleEditor.js';

const columns = 6;

interface Asked {
  readonly name: string;
  readonly what: 'edit' | 'run' | 'delete';
}

export function ScheduleTable({ schedules, open }: { readonly schedules: readonly ScheduleView[]; readonly open: string | null }) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const { run } = useAct();
  const close = (): void => setAsked(null);
  const deleted = schedules.find(({ name }) => name === asked?.name);
  return (
    <div className="table-box">
      <table className="table schedules">
        <thead>
          <tr>
            <th scope="col">Schedule</th>
            <th scope="col">State</th>
            <th scope="col">Rule</th>
            <th scope="col">Next run</th>
            <th scope="col">Last run</th>
            <th scope="col">
              <span className="visually-hidden">Acts</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {schedules.map((schedule) => (
            <Fragment key={schedule.name}>
              <ScheduleRow schedule={schedule} open={open === schedule.name} onAsk={(what) => setAsked({ name: schedule.name, what })} />
              {open === schedule.name ? (
                <tr className="row-detail">
                  <td colSpan={columns}>
                    <ScheduleDetail schedule={schedule} />
                  </td>
                </tr>
              ) : null}
            </Fragment>
          ))}
        </tbody>
      </table>
      {asked?.what === 'edit' ? <ScheduleEditor name={asked.name} onClose={close} /> : null}
      {asked?.what === 'run' ? <RunDialog name={asked.name} onClose={close} /> : null}
      {asked?.what === 'delete' ? (
        <ConfirmDialog
          title={`Delete ${asked.name}?`}
          text={
            deleted?.origin === 'default'
              ? 'It is one of the schedules that come with Roost: a line in roost.yaml will say that it is not wanted. Its history goes, too.'
              : 'Its entry is taken out of roost.yaml, a copy of the file stays. Its history goes, too.'
          }
          confirm="Delete"
          onConfirm={() => void run('schedule.delete', { name: asked.name }, `${asked.name} was not deleted`)}
          onClose={close}
        />
      ) : null}
    </div>
  );
}

function ScheduleRow({ schedule, open, onAsk }: { readonly schedule: ScheduleView; readonly open: boolean; readonly onAsk: (what: Asked['what']) => void }) {
  const nowMs = useNow();
  const live = useIsLive();
  const toast = useToast();
  const { busy, run } = useAct();
  const { name, state, lastRun } = schedule;
  const [next] = schedule.next;
  const stopped = state === 'paused' || state === 'parked';
  const runNow = async (): Promise<void> => {
    const done = await run('schedule.run', { name }, `${name} was not run`);
    if (done !== null) toast({ tone: 'good', title: `${name} is in line`, text: `As ${done.run.jobId ?? ''} in the queue ${done.run.queue}.` });
  };
  const runs = state !== 'faulty' && state !== 'held';
  return (
    <tr className={open ? 'row row-open' : 'row'}>
      <th scope="row">
        <button type="button" className="row-toggle" aria-expanded={open} onClick={() => goTo('schedules', ...(open ? [] : [name]))}>
          <ChevronRight size={15} className="row-chevron" aria-hidden="true" />
          <span className="schedule-name">
            {name}
            <small>
              {schedule.handler === name ? '' : `${schedule.handler} · `}
              {schedule.queue}
            </small>
          </span>
        </button>
      </th>
      <td className="schedule-state">
        <Badge tone={scheduleTone(state)}>{scheduleStateText(state)}</Badge>
        {schedule.why === null || state === 'shadow' ? null : (
          <p className="process-why" title={schedule.why}>
            {schedule.why}
          </p>
        )}
      </td>
      <td className="schedule-rule">
        <code>{ruleText(schedule)}</code>
        {schedule.cron === null ? null : <small>{schedule.tz}</small>}
      </td>
      <td className="schedule-next" title={next === undefined ? '' : `${dateText(next)} on this machine`}>
        {next === undefined ? (
          none
        ) : (
          <>
            {untilText(next, nowMs)}
            <small>{zonedText(next, schedule.tz, schedule.everyMs)}</small>
          </>
        )}
      </td>
      <td className="schedule-last" title={lastRun?.note ?? ''}>
        {lastRun === null ? (
          none
        ) : (
          <>
            <Badge tone={runTone(lastRun)}>{outcomeText(lastRun)}</Badge>
            <small>{agoText(nowMs - lastRun.atMs)}</small>
          </>
        )}
      </td>
      <td className="row-acts">
        <Button
          size="small"
          icon={<Zap size={14} aria-hidden="true" />}
          disabled={!live || busy || !runs}
          aria-label={`Run ${name} now`}
          onClick={() => void runNow()}
        >
          Run now
        </Button>
        <Menu
          label={`More for ${name}`}
          items={[
            { label: 'Run with data…', icon: <SlidersHorizontal size={14} aria-hidden="true" />, enabled: live && runs, onPick: () => onAsk('run') },
            stopped
              ? {
                  label: state === 'parked' ? 'Release' : 'Resume',
                  icon: <Play size={14} aria-hidden="true" />,
                  enabled: live,
                  onPick: () => void run('schedule.resume', { name }, `${name} was not resumed`),
                }
              : {
                  label: 'Pause',
                  icon: <Pause size={14} aria-hidden="true" />,
                  enabled: live && state !== 'faulty',
                  onPick: () => void run('schedule.pause', { name }, `${name} was not paused`),
                },
            { label: 'Edit…', icon: <Pencil size={14} aria-hidden="true" />, enabled: live, onPick: () => onAsk('edit') },
            { label: 'Delete…', icon: <Trash2 size={14} aria-hidden="true" />, enabled: live, danger: true, onPick: () => onAsk('delete') },
          ]}
        />
      </td>
    </tr>
  );
}
