import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { environment, tempDir } from './children.mjs';
import { sleep } from './wait.mjs';

/**
 * Other supervisors beside ours, where they are present. Each answers with a way to start programs
 * (a name and its argv) and a way to end everything, or with the reason why it is left out.
 */

const installMs = 90_000;

/** supervisord of the system's packages (apt-get install supervisor). */
export function supervisord() {
  if (spawnSync('supervisord', ['--version']).status !== 0) return { missing: 'supervisord is not installed (apt-get install supervisor)' };
  const version = execFileSync('supervisord', ['--version'], { encoding: 'utf8' }).trim();
  return {
    name: `supervisord ${version}`,
    async start(programs) {
      const dir = tempDir();
      const config = [
        '[supervisord]',
        `logfile=${dir}/supervisord.log`,
        `pidfile=${dir}/supervisord.pid`,
        'nodaemon=true',
        ...programs.flatMap(({ name, argv }) => [`[program:${name}]`, `command=${argv.join(' ')}`, 'autorestart=true', 'startsecs=1', `directory=${dir}`]),
      ];
      writeFileSync(join(dir, 'supervisord.conf'), `${config.join('\n')}\n`);
      const child = spawn('supervisord', ['-c', join(dir, 'supervisord.conf')], { stdio: 'ignore', env: environment() });
      return async () => {
        const gone = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGTERM');
        await gone;
      };
    },
  };
}

/** PM2 7, fetched into a directory of its own for this run: it is no part of the project. */
export function pm2() {
  const dir = process.env.ROOST_BENCH_PM2 ?? tempDir();
  const program = join(dir, 'node_modules', 'pm2', 'bin', 'pm2');
  if (!existsSync(program)) {
    const done = spawnSync('npm', ['install', '--prefix', dir, '--no-audit', '--no-fund', '--ignore-scripts', 'pm2@7'], {
      encoding: 'utf8',
      timeout: installMs,
    });
    if (done.status !== 0) return { missing: `PM2 could not be fetched (${done.error?.message ?? done.stderr.trim().split('\n').at(-1)})` };
  }
  const home = join(tempDir(), 'home');
  mkdirSync(home);
  const env = { ...environment(), PM2_HOME: home };
  const call = (...args) => execFileSync(process.execPath, [program, ...args], { env, encoding: 'utf8', timeout: 60_000 });
  const version = call('--version').trim().split('\n').at(-1);
  return {
    name: `PM2 ${version}`,
    async start(programs) {
      const apps = programs.map(({ name, argv }) => ({ name, script: argv[0], args: argv.slice(1), interpreter: 'none', cwd: home }));
      const file = join(home, 'apps.config.json');
      writeFileSync(file, JSON.stringify({ apps }));
      call('start', file);
      return async () => {
        call('kill');
        await sleep(200);
      };
    },
  };
}
