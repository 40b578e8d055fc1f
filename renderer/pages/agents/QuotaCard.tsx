import { useEffect, useState } from 'react';
import type { Result } from '../../../contract/methods.js';
import { useIsLive, useRoost } from '../../client/roost.js';
import { useNow } from '../../client/use-now.js';
import { countText } from '../../format/numbers.js';
import { ageText } from '../../format/time.js';
import { Card } from '../../ui/Card.js';

const renewEveryMs = 5_000;
const shown = 20;

/** Who has asked how much today, the busiest first. */
export function QuotaCard() {
  const { connection } = useRoost();
  const live = useIsLive();
  const nowMs = useNow();
  const [answer, setAnswer] = useState<Result<'quota.list'> | null>(null);
  const round = Math.floor(nowMs / renewEveryMs);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round asks again
  useEffect(() => {
    if (!live) return;
    const stop = new AbortController();
    connection.call('quota.list', { limit: shown }, { signal: stop.signal }).then(setAnswer, () => undefined);
    return () => stop.abort();
  }, [connection, live, round]);
  if (answer === null || answer.quotas.length === 0) return null;
  return (
    <Card title="Turns today" hint={`renewed in ${ageText(answer.resetsAt - nowMs)}`} flush>
      <div className="table-scroll">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">User</th>
              <th scope="col">Tier</th>
              <th scope="col" className="num">
                Used
              </th>
              <th scope="col" className="num">
                Left
              </th>
              <th scope="col" className="quota-share">
                Share
              </th>
            </tr>
          </thead>
          <tbody>
            {answer.quotas.map((quota) => (
              <tr key={quota.userId} className="row">
                <th scope="row">
                  <span className="agent-user">{quota.userId}</span>
                </th>
                <td>{quota.tier}</td>
                <td className="num">{countText(quota.used)}</td>
                <td className="num strong">{countText(quota.left)}</td>
                <td className="quota-share">
                  <div className={`memory-bar memory-${quota.left === 0 ? 'short' : quota.warning === null ? 'ample' : 'tight'}`} aria-hidden="true">
                    <span style={{ inlineSize: `${Math.min(100, (quota.used / Math.max(1, quota.limit)) * 100).toFixed(1)}%` }} />
                  </div>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
