import './client/zod-setup.js';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App.js';
import { browserClock } from './client/clock.js';
import { Connection } from './client/connection.js';
import { openTransport } from './client/door.js';
import { reconnectPolicy } from './client/reconnect.js';
import { RoostContext } from './client/roost.js';
import { signIn, ticketFrom } from './client/sign-in.js';
import { ScreenStore } from './client/store.js';
import { applyTheme, storedTheme } from './client/theme.js';
import './ui/tokens.css';
import './ui/base.css';
import './ui/controls.css';
import './ui/log.css';
import './charts/charts.css';
import './app.css';
import './pages/pages.css';
import './pages/sessions.css';

applyTheme(storedTheme());

const store = new ScreenStore();
const connection = new Connection({ open: openTransport, clock: browserClock, policy: reconnectPolicy, sink: store });

const ticket = ticketFrom(window.location.hash);
let ticketProblem: string | null = null;
if (ticket !== null) {
  // Gone from the address bar and the history before anything else can read or copy it.
  window.history.replaceState(null, '', window.location.pathname);
  const outcome = await signIn({ ticket });
  if (outcome.kind === 'refused') ticketProblem = outcome.message;
}
connection.look(document.visibilityState === 'visible');
connection.start();

// Back from another tab, from sleep or from a lost network: no reason to sit out the countdown.
document.addEventListener('visibilitychange', () => {
  connection.look(document.visibilityState === 'visible');
  if (document.visibilityState === 'visible' && store.get().connection.kind === 'waiting') connection.retryNow();
});
window.addEventListener('online', () => connection.retryNow());

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no #root');
createRoot(root).render(
  <StrictMode>
    <RoostContext value={{ store, connection, clock: browserClock }}>
      <App ticketProblem={ticketProblem} />
    </RoostContext>
  </StrictMode>,
);
