import { Check, Hourglass, X } from 'lucide-react';
import type { Approval } from '../../../contract/approvals.js';
import { useIsLive } from '../../client/roost.js';
import { hrefTo } from '../../client/route.js';
import { useAct } from '../../client/use-act.js';
import { useNow } from '../../client/use-now.js';
import { approvalWish } from '../../format/approval.js';
import { printable } from '../../format/printable.js';
import { ageText } from '../../format/time.js';
import { Button } from '../../ui/Button.js';
import './approvals.css';

/** One question of an agent with everything it is about; answered here, once. `inPlace` stands inside its conversation. */
export function ApprovalCard({ approval, inPlace = false }: { readonly approval: Approval; readonly inPlace?: boolean }) {
  const nowMs = useNow();
  const live = useIsLive();
  const { run, busy } = useAct();
  const { command } = approval;
  const decide = (decision: 'allow' | 'deny'): void => void run('approval.decide', { id: approval.id, decision }, 'The decision was not taken');
  return (
    <section className={inPlace ? 'approval approval-in-place' : 'approval'} aria-label={`${approvalWish(approval)} ${printable(approval.title)}`}>
      <header className="approval-head">
        <Hourglass size={15} aria-hidden="true" />
        <p>{approvalWish(approval)}</p>
        {inPlace || approval.sessionId === null ? null : <a href={hrefTo('sessions', approval.sessionId)}>Conversation</a>}
        <span className="approval-left">{ageText(approval.expiresAtMs - nowMs)} left</span>
      </header>
      {command === null ? (
        <p className="approval-title">{printable(approval.title)}</p>
      ) : (
        <ol className="approval-argv" aria-label="The command, word by word">
          {command.argv.map((word, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the words of a command never move
            <li key={index}>{word === '' ? '\u2423' : printable(word)}</li>
          ))}
        </ol>
      )}
      <p className="approval-reason">It needs a person: {printable(approval.reason)}.</p>
      {approval.detail === null ? null : <pre className="approval-detail">{printable(approval.detail)}</pre>}
      {command === null ? null : (
        <dl className="approval-facts">
          <div>
            <dt>Folder</dt>
            <dd>{printable(command.cwd)}</dd>
          </div>
          <div>
            <dt>Program</dt>
            <dd title={`SHA-256 ${command.sha256}`}>{printable(command.program)}</dd>
          </div>
          {command.envNames.length === 0 ? null : (
            <div>
              <dt>Sets</dt>
              <dd>{command.envNames.map(printable).join(', ')}</dd>
            </div>
          )}
        </dl>
      )}
      <footer className="approval-foot">
        <Button look="primary" size="small" icon={<Check size={14} aria-hidden="true" />} disabled={!live || busy} onClick={() => decide('allow')}>
          Allow once
        </Button>
        <Button size="small" icon={<X size={14} aria-hidden="true" />} disabled={!live || busy} onClick={() => decide('deny')}>
          Deny
        </Button>
      </footer>
    </section>
  );
}
