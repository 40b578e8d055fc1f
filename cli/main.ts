import { homedir } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { version } from '../package.json';
import { askConfigTool } from './config-tool.js';
import { openLink } from './open-link.js';
import { runCli } from './run.js';

/** The command line: a client of the host's REST API. */

// A reader that closes early (head, less) is no failure.
process.stdout.on('error', () => process.exit(0));

function home(): string {
  try {
    return homedir();
  } catch {
    return ''; // An account without a home directory: --data-dir decides.
  }
}

async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}

const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());

process.exitCode = await runCli(
  {
    env: process.env,
    platform: process.platform,
    home: home(),
    cwd: process.cwd(),
    version,
    nodeVersion: process.version,
    write: (text) => void process.stdout.write(text),
    err: (line) => void process.stderr.write(`${line}\n`),
    colour: process.stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === '',
    signal: interrupt.signal,
    ...(process.stdin.isTTY === true ? { confirm } : {}),
    askConfigTool,
    openLink: process.stdout.isTTY === true ? openLink : undefined,
    pidAlive(pid) {
      try {
        process.kill(pid, 0);
        return true;
      } catch (error) {
        return (error as NodeJS.ErrnoException).code === 'EPERM';
      }
    },
  },
  process.argv.slice(2),
);
