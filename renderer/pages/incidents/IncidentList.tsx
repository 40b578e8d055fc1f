import type { IncidentSummary } from '../../../contract/state.js';
import { goTo } from '../../client/route.js';
import { useNow } from '../../client/use-now.js';
import { incidentTone, tookText } from '../../format/incident.js';
import { agoText, dateText } from '../../format/time.js';
import { StatusIcon } from '../../ui/StatusIcon.js';

export function IncidentList({ incidents, shown }: { readonly incidents: readonly IncidentSummary[]; readonly shown: string }) {
  const nowMs = useNow();
  return (
    <nav className="incident-list" aria-label="Incidents">
      <ul>
        {incidents.map((incident) => (
          <li key={incident.id}>
            <button type="button" aria-current={incident.id === shown ? 'true' : undefined} onClick={() => goTo('incidents', incident.id)}>
              <StatusIcon tone={incidentTone(incident)} />
              <span className="incident-words">
                <span className="incident-name">{incident.trigger.process}</span>
                <span className="incident-took">{tookText(incident)}</span>
              </span>
              <time title={dateText(incident.beganAtMs)}>{agoText(nowMs - incident.beganAtMs)}</time>
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}
