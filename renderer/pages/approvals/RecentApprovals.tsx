import type { Approval } from '../../../contract/approvals.js';
import { useNow } from '../../client/use-now.js';
import { approvalTones, approvalWords } from '../../format/approval.js';
import { printable } from '../../format/printable.js';
import { agoText, dateText } from '../../format/time.js';
import { Badge } from '../../ui/Badge.js';
import { Card } from '../../ui/Card.js';

/** The last answers, so that a person sees what was allowed and by which door. */
export function RecentApprovals({ approvals }: { readonly approvals: readonly Approval[] }) {
  const nowMs = useNow(5_000);
  return (
    <Card title="Decided" flush>
      {approvals.length === 0 ? (
        <p className="approvals-none">Nothing was decided since Roost started.</p>
      ) : (
        <ul className="decided">
          {approvals.slice(0, 20).map((one) => (
            <li key={one.id}>
              <Badge tone={approvalTones[one.status]}>{approvalWords[one.status]}</Badge>
              <span className="decided-what" title={printable(one.title)}>
                {printable(one.title)}
              </span>
              <span className="decided-who">{one.decidedBy === null ? one.agentId : `${one.agentId}, by ${one.decidedBy}`}</span>
              <time title={dateText(one.decidedAtMs ?? one.askedAtMs)}>{agoText(nowMs - (one.decidedAtMs ?? one.askedAtMs))}</time>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
