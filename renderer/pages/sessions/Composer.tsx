import { Send } from 'lucide-react';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { useIsLive, useRoost, useScreen } from '../../client/roost.js';
import { hrefTo } from '../../client/route.js';
import { useAct } from '../../client/use-act.js';
import { rememberHint } from '../../client/waiting-hints.js';
import { Button } from '../../ui/Button.js';

const maxChars = 100_000;

/** Enter sends, Shift+Enter makes a new line. A refused text comes back into the box. */
export function Composer({
  sessionId,
  waiting,
  draft,
  onDraft,
}: {
  readonly sessionId: string;
  readonly waiting: boolean;
  readonly draft: string;
  readonly onDraft: (text: string) => void;
}) {
  const { clock } = useRoost();
  const live = useIsLive();
  const { run } = useAct();
  const paused = useScreen((screen) => screen.state?.health.queues['turns']?.paused === true);
  const [sending, setSending] = useState(false);
  const input = useRef<HTMLTextAreaElement>(null);

  useEffect(() => {
    input.current?.focus();
  }, []);

  const send = async (): Promise<void> => {
    if (sending || !live || draft.trim() === '') return;
    setSending(true);
    onDraft('');
    const answer = await run('turn.create', { sessionId, text: draft }, 'Not sent');
    setSending(false);
    if (answer === null) return onDraft(draft);
    rememberHint(answer.turnId, { position: answer.position, readyAtMs: clock.nowMs() + answer.estimatedWaitMs });
    input.current?.focus();
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    // While an input method composes a character, Enter belongs to it.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    void send();
  };

  return (
    <div className="composer">
      <label className="visually-hidden" htmlFor="composer">
        Your request
      </label>
      <textarea
        id="composer"
        ref={input}
        rows={1}
        maxLength={maxChars}
        placeholder={waiting ? 'Ask already: the turn waits until the agent is there' : 'Ask something'}
        value={draft}
        onChange={(event) => onDraft(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <Button look="primary" icon={<Send size={15} aria-hidden="true" />} disabled={!live || sending || draft.trim() === ''} onClick={() => void send()}>
        Send
      </Button>
      <p className="composer-hint">
        {paused ? (
          <>
            <a className="text-link" href={hrefTo('queues', 'turns')}>
              Turns are paused
            </a>
            : what you send waits until they are resumed.{' '}
          </>
        ) : null}
        <kbd>Enter</kbd> sends, <kbd>Shift</kbd>+<kbd>Enter</kbd> new line
      </p>
    </div>
  );
}
