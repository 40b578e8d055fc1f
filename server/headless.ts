import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readIdentity, sameProcess } from '../supervisor/process/identity.js';
import { createSupervisor } from '../supervisor/supervisor.js';
import { runHeadless } from './headless-run.js';
import { openLink } from './open-link.js';
import { becomeProgram, surroundings } from './program.js';

/** The headless door: `roost up`. */

becomeProgram('roost');

const entryDir = dirname(fileURLToPath(import.meta.url));

const code = await runHeadless({
  ...surroundings(),
  env: process.env,
  entryDir,
  resourcesDir: join(entryDir, '..', '..', 'assets'),
  rendererDir: join(entryDir, '..', 'renderer'),
  onFault: (listener) => {
    process.on('uncaughtException', listener);
    process.on('unhandledRejection', listener);
  },
  identify: readIdentity,
  lives: sameProcess,
  openBrowser: openLink,
  createCore: createSupervisor,
});
process.exit(code);
