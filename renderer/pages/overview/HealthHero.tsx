import { Flame, Layers, OctagonX, RotateCw, ScrollText, TriangleAlert } from 'lucide-react';
import { isRunbook } from '../../../contract/runbooks.js';
import type { Health, ProcessView, Reason } from '../../../contract/state.js';
import { useSlice } from '../../client/roost.js';
import { hrefTo } from '../../client/route.js';
import { useRestart } from '../../client/use-restart.js';
import { adviceFor } from '../../format/advice.js';
import { processTone } from '../../format/tones.js';
import { healthHeadline, isStartingUp, processStateText } from '../../format/wording.js';
import { Button } from '../../ui/Button.js';
import { StatusIcon } from '../../ui/StatusIcon.js';

const icons = { healthy: Flame, degraded: TriangleAlert, down: OctagonX } as const;
const requirements = [
  ['redis', 'Redis'],
  ['api', 'API'],
  ['worker', 'Worker'],
] as const;

/** The answer to "is it all right?", why not, and what to do. */
export function HealthHero() {
  const health = useSlice('health');
  const processes = useSlice('processes');
  const starting = isStartingUp(health, processes);
  const { title, sentence } = healthHeadline(health, starting);
  const Icon = starting ? Flame : icons[health.status];
  return (
    <section className={`hero hero-${starting ? 'starting' : health.status}`} aria-label="Health">
      <div className="hero-top">
        <span className="hero-icon">
          <Icon size={26} strokeWidth={1.8} aria-hidden="true" />
        </span>
        <div className="hero-words">
          <p className="hero-title">{title}</p>
          <p className="hero-sentence">{sentence}</p>
        </div>
        <Requirements health={health} processes={processes} starting={starting} />
      </div>
      {starting ? <BootProgress processes={processes} /> : null}
      {!starting && health.reasons.length > 0 ? (
        <ul className="reasons">
          {health.reasons.map((reason) => (
            <ReasonRow key={`${reason.code}-${reason.process}`} reason={reason} process={processes.find((process) => process.name === reason.process)} />
          ))}
        </ul>
      ) : null}
    </section>
  );
}

/** What the stack cannot do without: its own parts, and the services the operator called required. */
function Requirements({ health, processes, starting }: { readonly health: Health; readonly processes: readonly ProcessView[]; readonly starting: boolean }) {
  const services = processes.filter((process) => process.kind === 'service' && process.required);
  const all = [
    ...requirements.map(([key, label]) => ({ key: `own ${key}`, label, up: health.required[key], coming: starting })),
    ...services.map(({ name, state }) => ({ key: name, label: name, up: state === 'running', coming: state === 'starting' })),
  ];
  return (
    <ul className="requirements" aria-label="Required">
      {all.map(({ key, label, up, coming }) => (
        <li key={key}>
          <StatusIcon tone={up ? 'good' : coming ? 'busy' : 'bad'} size={15} />
          {label}
          <span className="visually-hidden">{up ? 'is up' : coming ? 'is starting' : 'is not up'}</span>
        </li>
      ))}
    </ul>
  );
}

function ReasonRow({ reason, process }: { readonly reason: Reason; readonly process: ProcessView | undefined }) {
  const { restart, isRestarting } = useRestart();
  return (
    <li className="reason">
      <div className="reason-text">
        <p className="reason-message">{reason.message}</p>
        <p className="reason-advice">
          {adviceFor(reason, process)}
          {isRunbook(reason.runbook) ? (
            <>
              {' '}
              <a className="text-link" href={hrefTo('runbooks', reason.runbook)}>
                Runbook
              </a>
            </>
          ) : null}
        </p>
      </div>
      {reason.code.startsWith('queue-') ? (
        <div className="reason-acts">
          <a className="button button-plain button-small" href={hrefTo('queues', reason.process)}>
            <Layers size={14} aria-hidden="true" />
            <span>Open {reason.process}</span>
          </a>
        </div>
      ) : null}
      {process === undefined ? null : (
        <div className="reason-acts">
          <a className="button button-plain button-small" href={hrefTo('logs', process.name)}>
            <ScrollText size={14} aria-hidden="true" />
            <span>Log</span>
          </a>
          {process.can.restart ? (
            <Button
              size="small"
              look="primary"
              icon={<RotateCw size={14} aria-hidden="true" className={isRestarting(process) ? 'spin' : ''} />}
              disabled={isRestarting(process)}
              onClick={() => restart(process)}
            >
              {isRestarting(process) ? 'Restarting…' : `Restart ${process.name}`}
            </Button>
          ) : null}
        </div>
      )}
    </li>
  );
}

function BootProgress({ processes }: { readonly processes: readonly ProcessView[] }) {
  const wanted = processes.filter((process) => process.required || process.kind === 'agent');
  const up = wanted.filter((process) => process.state === 'running').length;
  return (
    <div className="boot">
      <progress value={up} max={Math.max(1, wanted.length)} aria-label={`${up} of ${wanted.length} processes are up`} />
      <ol>
        {wanted.map((process) => (
          <li key={process.name}>
            <StatusIcon tone={processTone(process.state)} />
            <b>{process.name}</b>
            <span>{process.detail === '' ? processStateText(process.state) : process.detail}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}
