import { MessagesSquare, Plus } from 'lucide-react';
import { useState } from 'react';
import { useIsLive, useSlice } from '../client/roost.js';
import { goTo } from '../client/route.js';
import { Button } from '../ui/Button.js';
import { EmptyState } from '../ui/EmptyState.js';
import { ConversationPanel } from './sessions/ConversationPanel.js';
import { SessionList } from './sessions/SessionList.js';
import { StartSessionDialog } from './sessions/StartSessionDialog.js';

export function SessionsPage({ open }: { readonly open: string | null }) {
  const sessions = useSlice('sessions');
  const health = useSlice('health');
  const live = useIsLive();
  const [starting, setStarting] = useState(false);
  const { active, waiting, capacity } = health.sessions;
  const start = (
    <Button look="primary" icon={<Plus size={15} aria-hidden="true" />} disabled={!live} onClick={() => setStarting(true)}>
      Start session
    </Button>
  );
  return (
    <div className="sessions-page">
      <div className="page-head">
        <h1>Sessions</h1>
        <p>
          {active} of {capacity} active{waiting > 0 ? `, ${waiting} waiting in line` : ''}
        </p>
        <div className="page-acts">{start}</div>
      </div>
      {sessions.items.length === 0 && open === null ? (
        <div className="sessions-empty">
          <EmptyState icon={<MessagesSquare size={20} />} title="No sessions yet" action={start}>
            A session binds one user to one warm agent. Start one and ask it something: try “12 km in miles”.
          </EmptyState>
        </div>
      ) : (
        <div className="sessions-split">
          <SessionList sessions={sessions.items} total={sessions.total} open={open} />
          {open === null ? (
            <div className="conversation conversation-none">
              <EmptyState icon={<MessagesSquare size={20} />} title="No session chosen">
                Choose a session on the left to see what was said, which arm answered and how long each step took.
              </EmptyState>
            </div>
          ) : (
            <ConversationPanel key={open} sessionId={open} />
          )}
        </div>
      )}
      {starting ? <StartSessionDialog onClose={() => setStarting(false)} onStarted={(sessionId) => goTo('sessions', sessionId)} /> : null}
    </div>
  );
}
