import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { ask, root, run, say } from './run.mjs';

const stamp = `${root}/node_modules/.roost-lock`;

/** Node's version is the one thing we cannot fetch. */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  say(`Node ${process.versions.node} is too old; install Node 20.19 or newer from https://nodejs.org.`);
  process.exit(1);
}

/** Installs the packages of the lock file when they are missing or another lock file was installed last. */
export async function requirePackages() {
  const wanted = createHash('sha256')
    .update(readFileSync(`${root}/package-lock.json`))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('installing packages (npm install)…');
  // Not `npm ci`: it refuses a lock file that does not list the optional binaries of every other platform.
  const code = await run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], { stdio: ['ignore', 2, 2] });
  if (code !== 0) {
    say('npm install failed; see the lines above.');
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}

const works = (binary, args = ['--version']) => ask(binary, args).ok;

/** How each platform's package manager installs without a question, best first. */
const managers = {
  linux: [
    {
      name: 'apt-get',
      install: (name) => ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', name],
      before: ['apt-get', 'update', '-qq'],
      root: true,
    },
    { name: 'dnf', install: (name) => ['dnf', 'install', '-y', '-q', name], root: true },
    { name: 'pacman', install: (name) => ['pacman', '-S', '--noconfirm', '--needed', name], root: true },
  ],
  darwin: [{ name: 'brew', install: (name) => ['brew', 'install', name], root: false }],
  win32: [
    { name: 'winget', install: (name) => ['winget', 'install', '--silent', '--accept-source-agreements', '--accept-package-agreements', name], root: false },
  ],
};

/** Package names where they differ from one manager to the next. */
const packageNames = {
  redis: { 'apt-get': 'redis-server', dnf: 'redis', pacman: 'redis', brew: 'redis', winget: 'Memurai.MemuraiDeveloper' },
  chromium: { 'apt-get': 'chromium', dnf: 'chromium', pacman: 'chromium', brew: '--cask chromium', winget: 'Hibbiki.Chromium' },
  libfaketime: { 'apt-get': 'libfaketime', dnf: 'libfaketime', pacman: 'libfaketime', brew: 'libfaketime' },
};

/** Tries the package manager; true when it ran well. Says what it does, and the exact command when it may not. */
async function installSystem(what) {
  const manager = (managers[process.platform] ?? []).find((one) => works(one.name, ['--version']));
  if (manager === undefined) return { ok: false, hint: `install ${what} with your system's package manager` };
  const name = packageNames[what][manager.name];
  if (name === undefined) return { ok: false, hint: `${manager.name} has no ${what}` };
  const argv = manager.install(name).flatMap((part) => part.split(' '));
  const needsSudo = manager.root && process.getuid?.() !== 0;
  const hint = `${needsSudo ? 'sudo ' : ''}${argv.join(' ')}`;
  if (needsSudo && !works('sudo', ['-n', 'true'])) return { ok: false, hint };
  const prefix = needsSudo ? ['sudo', '-n'] : [];
  say(`${what} is missing; installing it: ${hint}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const exec = (line) => run(line[0], line.slice(1), { stdio: ['ignore', 'ignore', 2], env });
  if (manager.before !== undefined) await exec([...prefix, ...manager.before]);
  return { ok: (await exec([...prefix, ...argv])) === 0, hint };
}

export const findRedis = () => [process.env['ROOST_REDIS_SERVER'], 'redis-server', 'valkey-server', 'memurai'].find((binary) => binary && works(binary));

/** A Redis server binary, fetched when it is missing. Roost itself repeats the message when it still is. */
export async function requireRedis() {
  if ((process.env['REDIS_URL'] ?? '') !== '' || findRedis() !== undefined) return true;
  const { ok, hint } = await installSystem('redis');
  if (ok && findRedis() !== undefined) return true;
  say(`no redis-server could be found or fetched. Run: ${hint}`);
  return false;
}

const chromiumPlaces = {
  linux: ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable', '/snap/bin/chromium'],
  darwin: ['/Applications/Chromium.app/Contents/MacOS/Chromium', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'],
  win32: ['C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe', 'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe'],
};

export const findChromium = () => [process.env['CHROME_PATH'], ...(chromiumPlaces[process.platform] ?? [])].find((path) => path && existsSync(path));

/** A Chromium for the browser tests, fetched when it is missing. */
export async function requireChromium() {
  if (findChromium() !== undefined) return true;
  const { ok, hint } = await installSystem('chromium');
  if (ok && findChromium() !== undefined) return true;
  say(`no Chromium could be found or fetched. Run: ${hint}`);
  return false;
}

const faketimePlaces = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib']
  .flatMap((dir) => [dir, `${dir}/faketime`])
  .map((dir) => `${dir}/libfaketimeMT.so.1`);

/** The library that lets one program see another time of day; Linux only. */
export const findFaketime = () =>
  [process.env['FAKETIME_LIB'], ...(process.platform === 'linux' ? faketimePlaces : [])].find((path) => path && existsSync(path));

/** Fetches it where that is possible; the tests that need it say that they were skipped otherwise. */
export async function wantFaketime() {
  if (process.platform !== 'linux' || findFaketime() !== undefined) return;
  const { hint } = await installSystem('libfaketime');
  if (findFaketime() === undefined) say(`no libfaketime could be found or fetched, the tests with another wall clock are skipped. Run: ${hint}`);
}
