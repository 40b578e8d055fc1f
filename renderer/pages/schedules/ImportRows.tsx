import type { ImportRow } from '../../../contract/schedules.js';
import { none } from '../../format/numbers.js';
import { zonedText } from '../../format/schedule.js';
import type { Tone } from '../../format/tones.js';
import { Badge } from '../../ui/Badge.js';

const verdicts: Readonly<Record<ImportRow['verdict'], { readonly tone: Tone; readonly text: string }>> = {
  create: { tone: 'good', text: 'New' },
  exists: { tone: 'idle', text: 'There already' },
  cannot: { tone: 'bad', text: 'Cannot' },
};

/** What would come of each entry. */
export function ImportRows({ rows }: { readonly rows: readonly ImportRow[] }) {
  return (
    <div className="schedule-rows">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Verdict</th>
            <th scope="col">Schedule</th>
            <th scope="col">When</th>
            <th scope="col">What</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two lines of a crontab may be the same, and the list never changes its order
            <tr key={index}>
              <td>
                <Badge tone={verdicts[row.verdict].tone}>{verdicts[row.verdict].text}</Badge>
              </td>
              <td>
                {row.name ?? none}
                <small title={row.source}>{row.source}</small>
              </td>
              <td>
                {row.draft === null ? none : <code>{row.draft.cron ?? `every ${row.draft.every}`}</code>}
                {row.next[0] === undefined ? null : <small>{zonedText(row.next[0], row.draft?.tz ?? 'UTC')}</small>}
              </td>
              <td>
                {row.draft === null ? null : <code>{whatText(row)}</code>}
                {row.why === null ? null : <small className={row.verdict === 'cannot' ? 'schedule-why-not' : ''}>{row.why}</small>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function whatText({ draft }: ImportRow): string {
  const argv = draft?.data?.['argv'];
  return Array.isArray(argv) ? argv.join(' ') : `${draft?.handler} ${JSON.stringify(draft?.data ?? {})}`;
}
