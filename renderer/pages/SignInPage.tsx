import { type FormEvent, useState } from 'react';
import { useRoost } from '../client/roost.js';
import { signIn } from '../client/sign-in.js';
import { Button } from '../ui/Button.js';
import { Logo } from '../ui/Logo.js';

/** Headless only: this browser has no valid cookie. */
export function SignInPage({ ticketProblem }: { readonly ticketProblem: string | null }) {
  const { connection } = useRoost();
  const [token, setToken] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (token.trim() === '') return setProblem('Paste the token first.');
    setBusy(true);
    const outcome = await signIn({ token: token.trim() });
    setBusy(false);
    if (outcome.kind === 'done') {
      setToken('');
      return connection.retryNow();
    }
    setProblem(outcome.kind === 'refused' ? outcome.message : 'Roost cannot be reached. Is it still running?');
  };

  return (
    <main className="door">
      <div className="door-panel">
        <Logo size={56} />
        <h1>Sign in to Roost</h1>
        {ticketProblem === null ? null : (
          <p className="door-problem" role="alert">
            {ticketProblem}
          </p>
        )}
        <p>
          Run <code>roost open</code> to get a fresh link. It signs this browser in by itself.
        </p>
        <form className="door-form" onSubmit={(event) => void submit(event)}>
          <label htmlFor="token">
            Or paste the token from <code>control.json</code> in the data directory
          </label>
          <div className="door-row">
            <input
              id="token"
              type="password"
              autoComplete="off"
              spellCheck={false}
              value={token}
              aria-invalid={problem !== null}
              aria-describedby="token-problem"
              onChange={(event) => setToken(event.target.value)}
            />
            <Button type="submit" look="primary" disabled={busy}>
              {busy ? 'Checking…' : 'Sign in'}
            </Button>
          </div>
          <p className="field-problem" id="token-problem" role="alert">
            {problem}
          </p>
        </form>
        <p className="door-hint">The token changes at every start and never leaves this machine.</p>
      </div>
    </main>
  );
}
