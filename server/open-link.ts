import { spawn } from 'node:child_process';
import { openerFor } from '../contract/open-link.js';

/** Opens a sign-in link in the person's browser. `failed` is told when there is nothing to open it with; the ticket in the link works once. */
export function openLink(url: string, failed: (why: string) => void): void {
  const [file, ...args] = openerFor(process.platform, url);
  // Detached and silent: the browser outlives us and its chatter is nobody's log line.
  const child = spawn(file, args, { detached: process.platform !== 'win32', stdio: 'ignore', windowsHide: true });
  child.on('error', (error) => failed(`no browser could be opened (${file}: ${(error as NodeJS.ErrnoException).code ?? error.message})`));
  child.unref();
}
