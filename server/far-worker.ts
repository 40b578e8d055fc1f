import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runFarWorker } from './far-worker-run.js';
import { becomeProgram, surroundings } from './program.js';

/** The program behind `roost worker`. */

becomeProgram('roost-worker');

const code = await runFarWorker({
  ...surroundings(),
  env: process.env,
  entryDir: dirname(fileURLToPath(import.meta.url)),
});
process.exit(code);
