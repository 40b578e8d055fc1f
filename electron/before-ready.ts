import { app, protocol } from 'electron';
import { appScheme } from './navigation.js';

/**
 * What must happen before the app is ready. The main bundle imports this. Built on its own as
 * well, for `electron -r dist/preload/before-ready.cjs .`: a runtime that loads the app's modules without
 * holding `ready` back would come too late otherwise. The mark is how the two copies know of each other.
 */
const mark = Symbol.for('roost.before-ready');

/** True when neither copy ran in time: then our pages would have no origin. */
export const tooLate = app.isReady() && !Reflect.has(globalThis, mark);

if (!app.isReady() && !Reflect.has(globalThis, mark)) {
  Reflect.set(globalThis, mark, true);
  // Every renderer is sandboxed, also one whose window forgot to say so. Where the person who starts Roost has
  // switched Chromium's sandbox off (as root in a container it cannot work), insisting would only stop every child.
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
  // `standard` gives the pages a real origin. Nothing is excused from CSP or CORS.
  protocol.registerSchemesAsPrivileged([{ scheme: appScheme, privileges: { standard: true, secure: true, supportFetchAPI: true } }]);
}
