import type { SessionView } from '../../../contract/state.js';
import { hrefTo } from '../../client/route.js';
import { useNow } from '../../client/use-now.js';
import { plural } from '../../format/numbers.js';
import { ageText, durationText } from '../../format/time.js';
import { sessionTone } from '../../format/tones.js';
import { sessionStatusText } from '../../format/wording.js';
import { Badge } from '../../ui/Badge.js';
import { Card } from '../../ui/Card.js';

/** Sessions without an agent, those in line first and in their order. */
export function WaitingLine({ sessions, capacity }: { readonly sessions: readonly SessionView[]; readonly capacity: number }) {
  const nowMs = useNow();
  const place = ({ status, position }: SessionView): number => (status === 'waiting' ? (position ?? 9_999) : status === 'starting' ? 10_000 : 20_000);
  const sorted = [...sessions].sort((a, b) => place(a) - place(b) || a.createdAt - b.createdAt);
  return (
    <Card title="Waiting line" hint={`${plural(sessions.length, 'session')} without an agent, ${plural(capacity, 'place')}`} flush>
      <div className="table-scroll">
        <table className="table">
          <thead>
            <tr>
              <th scope="col" className="num">
                Number
              </th>
              <th scope="col">User</th>
              <th scope="col">Status</th>
              <th scope="col">Template</th>
              <th scope="col" className="num">
                Waits
              </th>
              <th scope="col" className="num">
                Estimate
              </th>
            </tr>
          </thead>
          <tbody>
            {sorted.map((session) => (
              <tr key={session.id} className="row">
                <td className="num strong">{session.status === 'waiting' ? (session.position ?? '–') : '–'}</td>
                <th scope="row">
                  <a className="agent-user" href={hrefTo('sessions', session.id)}>
                    {session.userId}
                  </a>
                  {session.error === undefined ? null : <p className="agent-trouble">{session.error}</p>}
                </th>
                <td>
                  <Badge tone={sessionTone(session.status)}>{sessionStatusText(session.status)}</Badge>
                </td>
                <td>{session.template}</td>
                <td className="num">{ageText(nowMs - session.createdAt)}</td>
                <td className="num">{session.estimatedWaitMs === undefined ? '–' : durationText(session.estimatedWaitMs)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
