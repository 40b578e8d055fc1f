import { type Session, session, type WebContents } from 'electron';
import type { Log } from '../core/base/log.js';
import { isOwnPage } from './navigation.js';

/** The screen needs no camera, clipboard read, location or device: every question is answered no, also for pages that should not exist. */
export function denyPermissions(target: Session = session.defaultSession): void {
  target.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  target.setPermissionCheckHandler(() => false);
  target.setDevicePermissionHandler(() => false);
  // An empty answer is a refusal.
  target.setDisplayMediaRequestHandler((_request, answer) => answer({}));
  target.on('will-download', (event) => event.preventDefault());
}

interface Navigation {
  readonly url: string;
  preventDefault(): void;
}

/**
 * Holds a page to our own origin. Attached to every web contents the moment it is created, so that a
 * window made anywhere else later is covered as well.
 */
export function confine(contents: WebContents, log: Log): void {
  const guard = (details: Navigation): void => {
    if (isOwnPage(details.url)) return;
    details.preventDefault();
    log.warn('navigation refused', { url: details.url.slice(0, 200) });
  };
  contents.on('will-navigate', guard);
  contents.on('will-redirect', guard);
  contents.on('will-frame-navigate', guard);
  contents.on('will-attach-webview', (event) => event.preventDefault());
  // No page of ours opens a window. An address for the system browser has its own way, in open-outside.ts.
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
}
