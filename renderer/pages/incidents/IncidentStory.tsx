import { useEffect, useState } from 'react';
import { RoostError } from '../../../contract/errors.js';
import type { Incident, IncidentSummary } from '../../../contract/state.js';
import { useRoost, useSlice } from '../../client/roost.js';
import { hrefTo } from '../../client/route.js';
import { aboutText, detectedText, incidentTone, lifeText, offsetText, runbookOf, stepTone, tookText } from '../../format/incident.js';
import { plural } from '../../format/numbers.js';
import { printable } from '../../format/printable.js';
import { clockText, dateText } from '../../format/time.js';
import { causeText } from '../../format/wording.js';
import { Badge } from '../../ui/Badge.js';
import { Card } from '../../ui/Card.js';
import { StatusIcon } from '../../ui/StatusIcon.js';

/** One incident whole; read again whenever its summary moves. */
export function IncidentStory({ id, summary }: { readonly id: string; readonly summary: IncidentSummary | undefined }) {
  const { connection } = useRoost();
  const processes = useSlice('processes');
  const [incident, setIncident] = useState<Incident | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a changed summary is what says that there is more to read
  useEffect(() => {
    const abort = new AbortController();
    connection.call('incident.get', { id }, { signal: abort.signal }).then(
      (answer) => {
        setIncident(answer.incident);
        setProblem(null);
      },
      (error: unknown) => {
        if (!abort.signal.aborted) setProblem(error instanceof RoostError ? error.message : 'The incident could not be read.');
      },
    );
    return () => abort.abort();
  }, [connection, id, summary]);
  if (incident === null) return <p className="incident-problem">{problem ?? 'Reading…'}</p>;
  const { trigger, jobs } = incident;
  const runbook = runbookOf(incident, processes.find(({ name }) => name === trigger.process)?.kind);
  return (
    <div className="incident-story">
      <Card
        title={trigger.process}
        hint={dateText(incident.beganAtMs)}
        actions={
          <>
            <a className="text-link" href={hrefTo('runbooks', runbook)}>
              Runbook
            </a>
            <Badge tone={incidentTone(incident)} solid>
              {tookText(incident)}
            </Badge>
          </>
        }
      >
        <p className="incident-message">{printable(trigger.message)}</p>
        <dl className="incident-facts">
          <Fact name="Cause" value={trigger.cause === null ? 'not known' : causeText(trigger.cause)} />
          <Fact name="Detected" value={detectedText(incident)} />
          <Fact name="Touched" value={incident.processes.join(', ')} />
          <Fact name="Jobs" value={`${jobs.inHand} in hand, ${jobs.requeued} back in line${jobs.setAside === 0 ? '' : `, ${jobs.setAside} set aside`}`} />
          <Fact name="Done" value={`${plural(incident.restarts, 'restart')}, ${plural(incident.agentsReplaced, 'agent')} replaced`} />
        </dl>
      </Card>
      <Card title="Timeline" hint={incident.dropped === 0 ? undefined : `${plural(incident.dropped, 'step')} left out`}>
        <ol className="timeline">
          {incident.timeline.map((step, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: steps have no name of their own and are only ever added at the end
            <li key={`${step.atMs}-${index}`} className={`timeline-${stepTone(step.kind)}`}>
              <StatusIcon tone={stepTone(step.kind)} />
              <time title={clockText(step.atMs)}>{offsetText(step.atMs, incident.beganAtMs)}</time>
              <p>
                {aboutText(step) === null ? null : <b>{step.process}</b>}
                <span>{printable(step.message)}</span>
              </p>
            </li>
          ))}
        </ol>
      </Card>
      {incident.evidence
        .filter(({ lines }) => lines.length > 0)
        .map(({ process, lines, ...found }, index) => (
          <Card
            // biome-ignore lint/suspicious/noArrayIndexKey: one process may fall more than once
            key={`${process}-${index}`}
            title={`Last lines of ${process}`}
            hint={lifeText(found)}
            actions={
              <a className="text-link" href={hrefTo('logs', process)}>
                Log
              </a>
            }
          >
            <pre className="incident-lines">{lines.map((line) => printable(line)).join('\n')}</pre>
          </Card>
        ))}
    </div>
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
