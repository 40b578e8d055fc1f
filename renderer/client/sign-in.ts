export type SignIn = { readonly kind: 'done' } | { readonly kind: 'refused'; readonly message: string } | { readonly kind: 'unreachable' };

const deadlineMs = 8_000;

/** The one-time ticket of `roost open` in the page's fragment, which never leaves the browser; null when there is none. */
export function ticketFrom(hash: string): string | null {
  const ticket = new URLSearchParams(hash.replace(/^#/, '')).get('ticket');
  return ticket === null || ticket === '' ? null : ticket;
}

/** Trades a ticket or the token of control.json for the session cookie; neither is kept by the page. */
export async function signIn(secret: { readonly ticket: string } | { readonly token: string }): Promise<SignIn> {
  try {
    const response = await fetch('/auth', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(secret),
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.timeout(deadlineMs),
    });
    if (response.ok) return { kind: 'done' };
    if (response.status === 429) return { kind: 'refused', message: 'Too many tries. Wait a minute, then try again.' };
    return {
      kind: 'refused',
      message: 'ticket' in secret ? 'This link was already used or has expired.' : 'Roost does not accept this token. A new one is written at every start.',
    };
  } catch {
    return { kind: 'unreachable' };
  }
}

/** Asks by plain HTTP why the upgrade was refused: the browser hides that from a WebSocket. */
export async function isSignedOut(signal: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch('/ws', { credentials: 'same-origin', cache: 'no-store', signal });
    return response.status === 401 || response.status === 403;
  } catch {
    return false;
  }
}
