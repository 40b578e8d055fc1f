import { join } from 'node:path';
import { homeOf } from '../../core/base/home.js';
import { runTool } from '../process/run-tool.js';
import { runConfigCommand } from './config-command.js';

/** The program behind `roost config`: built on its own, since the command line itself knows nothing but the contract. */

// A reader that closes early (head, less) is no failure.
process.stdout.on('error', () => process.exit(0));

process.exitCode = await runConfigCommand({
  argv: process.argv.slice(2),
  env: process.env,
  platform: process.platform,
  home: homeOf(),
  cwd: process.cwd(),
  write: (text) => void process.stdout.write(text),
  err: (line) => void process.stderr.write(`${line}\n`),
  // As the headless host has them: beside the built programs.
  resourcesDir: join(import.meta.dirname, '..', '..', 'assets'),
  run: runTool,
});
