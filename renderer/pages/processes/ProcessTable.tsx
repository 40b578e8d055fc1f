import { ChevronRight, Play, RotateCw, Square } from 'lucide-react';
import { Fragment, useState } from 'react';
import type { ProcessView } from '../../../contract/state.js';
import { useIsLive } from '../../client/roost.js';
import { goTo } from '../../client/route.js';
import { useAct } from '../../client/use-act.js';
import { useNow } from '../../client/use-now.js';
import { useRestart } from '../../client/use-restart.js';
import { bytesText, countText, none } from '../../format/numbers.js';
import { ageText, agoText, dateText, durationText } from '../../format/time.js';
import { processTone } from '../../format/tones.js';
import { exitText, processStateText } from '../../format/wording.js';
import { Badge } from '../../ui/Badge.js';
import { Button } from '../../ui/Button.js';
import { ConfirmDialog } from '../../ui/ConfirmDialog.js';
import { Menu } from '../../ui/Menu.js';
import { ProcessDetail } from './ProcessDetail.js';

const columns = 10;

export function ProcessTable({ processes, open }: { readonly processes: readonly ProcessView[]; readonly open: string | null }) {
  const [stopping, setStopping] = useState<ProcessView | null>(null);
  const { run } = useAct();
  return (
    <div className="table-box">
      <table className="table processes">
        <thead>
          <tr>
            <th scope="col">Process</th>
            <th scope="col">State</th>
            <th scope="col" className="num">
              PID
            </th>
            <th scope="col" className="num">
              Uptime
            </th>
            <th scope="col" className="num">
              Restarts
            </th>
            <th scope="col" className="num wide" title="Mean running time between failures, today and the seven days before it">
              MTBF
            </th>
            <th scope="col" className="wide">
              Last exit
            </th>
            <th scope="col" className="num">
              Memory
            </th>
            <th scope="col" className="num">
              CPU
            </th>
            <th scope="col">
              <span className="visually-hidden">Acts</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {processes.map((process) => (
            <Fragment key={process.name}>
              <ProcessRow process={process} open={open === process.name} onStop={() => setStopping(process)} />
              {open === process.name ? (
                <tr className="row-detail">
                  <td colSpan={columns}>
                    <ProcessDetail process={process} />
                  </td>
                </tr>
              ) : null}
            </Fragment>
          ))}
        </tbody>
      </table>
      {stopping === null ? null : (
        <ConfirmDialog
          title={`Stop ${stopping.name}?`}
          text={stopText(stopping)}
          confirm={`Stop ${stopping.name}`}
          onConfirm={() => void run('process.stop', { name: stopping.name }, `${stopping.name} was not stopped`)}
          onClose={() => setStopping(null)}
        />
      )}
    </div>
  );
}

function stopText(process: ProcessView): string {
  switch (process.kind) {
    case 'redis':
      return 'Without Redis nothing works: no sessions, no turns, and Roost is down until it is started again. What is stored stays stored.';
    case 'worker':
      return 'Without it, turns wait and Roost is down until it is started again. Turns in hand are finished first.';
    case 'agent':
      return 'Its session gets another agent. A turn in hand is given to that one.';
    default:
      return process.required ? 'It is required: Roost is down until it is started again.' : 'It stays stopped until it is started again.';
  }
}

function ProcessRow({ process, open, onStop }: { readonly process: ProcessView; readonly open: boolean; readonly onStop: () => void }) {
  const nowMs = useNow();
  const live = useIsLive();
  const { restart, isRestarting } = useRestart();
  const { run } = useAct();
  const restarting = isRestarting(process);
  const reason = why(process, nowMs);
  const uptimeMs = process.state === 'running' && process.startedAtMs !== null ? nowMs - process.startedAtMs : process.uptimeMs;
  return (
    <tr className={open ? 'row row-open' : 'row'}>
      <th scope="row">
        <button type="button" className="row-toggle" aria-expanded={open} onClick={() => goTo('processes', ...(open ? [] : [process.name]))}>
          <ChevronRight size={15} className="row-chevron" aria-hidden="true" />
          <span className="process-name" title={process.name}>
            <span className="process-label">{process.name}</span>
            <small>
              {process.kind}
              {process.required ? ' · required' : ''}
            </small>
          </span>
        </button>
      </th>
      <td className="process-state">
        {restarting ? <Badge tone="busy">Restarting…</Badge> : <Badge tone={processTone(process.state)}>{processStateText(process.state)}</Badge>}
        {reason === '' ? null : (
          <p className="process-why" title={process.detail}>
            {reason}
          </p>
        )}
      </td>
      <td className="num mono">{process.pid ?? none}</td>
      <td className="num">{ageText(uptimeMs)}</td>
      <td className="num" title={`In this run of Roost: ${process.restarts} by Roost, ${process.manualRestarts} by a person`}>
        {countText(process.restarts)}
        {process.manualRestarts > 0 ? <small> +{countText(process.manualRestarts)}</small> : null}
      </td>
      <td className="num wide">{durationText(process.mtbfMs)}</td>
      <td className="wide last-exit" title={process.lastExit === null ? '' : `${process.lastExit.message}\n${dateText(process.lastExit.atMs)}`}>
        {process.lastExit === null ? (
          none
        ) : (
          <>
            {exitText(process.lastExit)}
            <small>{agoText(nowMs - process.lastExit.atMs)}</small>
          </>
        )}
      </td>
      <td className="num">{bytesText(process.rssBytes)}</td>
      <td className="num">{process.cpuPercent === null ? none : `${process.cpuPercent.toFixed(process.cpuPercent < 10 ? 1 : 0)} %`}</td>
      <td className="row-acts">
        <Button
          size="small"
          icon={<RotateCw size={14} aria-hidden="true" className={restarting ? 'spin' : ''} />}
          disabled={!live || restarting || !process.can.restart}
          aria-label={`Restart ${process.name}`}
          onClick={() => restart(process)}
        >
          Restart
        </Button>
        <Menu
          label={`More for ${process.name}`}
          items={[
            {
              label: 'Start',
              icon: <Play size={14} aria-hidden="true" />,
              enabled: live && process.can.start,
              onPick: () => void run('process.start', { name: process.name }, `${process.name} was not started`),
            },
            { label: 'Stop…', icon: <Square size={14} aria-hidden="true" />, enabled: live && process.can.stop, danger: true, onPick: onStop },
          ]}
        />
      </td>
    </tr>
  );
}

/** The host's own sentence, with the countdown of a pause. */
function why(process: ProcessView, nowMs: number): string {
  // A detail that only repeats the badge says nothing.
  const detail = process.detail.replace(/\.$/, '') === processStateText(process.state) ? '' : process.detail;
  if (process.retryAtMs === null || process.retryAtMs <= nowMs) return detail;
  return `${detail === '' ? '' : `${detail} · `}next try in ${ageText(process.retryAtMs - nowMs)}`;
}
