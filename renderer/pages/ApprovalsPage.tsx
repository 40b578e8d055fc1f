import { ShieldCheck } from 'lucide-react';
import { useSlice } from '../client/roost.js';
import { plural } from '../format/numbers.js';
import { EmptyState } from '../ui/EmptyState.js';
import { ApprovalCard } from './approvals/ApprovalCard.js';
import { AuditCard } from './approvals/AuditCard.js';
import { RecentApprovals } from './approvals/RecentApprovals.js';
import './approvals/approvals.css';

export function ApprovalsPage() {
  const { pending, recent } = useSlice('approvals');
  return (
    <>
      <div className="page-head">
        <h1>Approvals</h1>
        <p>
          {pending.length === 0
            ? 'nothing waits for you'
            : `${plural(pending.length, 'question')} of agents ${pending.length === 1 ? 'waits' : 'wait'} for you`}
        </p>
      </div>
      <div className="approvals">
        {pending.length === 0 ? (
          <EmptyState icon={<ShieldCheck size={20} />} title="No agent waits for you">
            Commands that only look run by themselves, forbidden ones never do. Everything else an agent wants to run is asked here first.
          </EmptyState>
        ) : (
          <section className="approvals-pending" aria-label="Questions">
            {pending.map((approval) => (
              <ApprovalCard key={approval.id} approval={approval} />
            ))}
          </section>
        )}
        <RecentApprovals approvals={recent} />
        <AuditCard />
      </div>
    </>
  );
}
