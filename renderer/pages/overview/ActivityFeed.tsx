import type { Activity } from '../../../contract/state.js';
import { hrefTo } from '../../client/route.js';
import { useNow } from '../../client/use-now.js';
import { agoText, dateText } from '../../format/time.js';
import { severityTone } from '../../format/tones.js';
import { StatusIcon } from '../../ui/StatusIcon.js';

const shownAtMost = 40;

export function ActivityFeed({ items }: { readonly items: readonly Activity[] }) {
  const nowMs = useNow();
  const newest = [...items].sort((left, right) => right.atMs - left.atMs || right.id - left.id).slice(0, shownAtMost);
  return (
    <ol className="activity">
      {newest.map((item) => (
        <li key={item.id}>
          <StatusIcon tone={item.severity === 'info' && /(ready|recovered|healed|resolved)/.test(item.kind) ? 'good' : severityTone(item.severity)} />
          {item.process === '' ? (
            <span className="activity-process">roost</span>
          ) : (
            <a className="activity-process" href={hrefTo('processes', item.process)}>
              {item.process}
            </a>
          )}
          <span className="activity-text">{item.message}</span>
          <time title={dateText(item.atMs)}>{agoText(nowMs - item.atMs)}</time>
        </li>
      ))}
    </ol>
  );
}
