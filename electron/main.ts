import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { app, dialog, utilityProcess } from 'electron';
import { RoostError, toErrorBody } from '../contract/errors.js';
import { systemClock as clock, systemRandom as random } from '../core/base/clock.js';
import { createLog, type LogLevel, logLevels } from '../core/base/log.js';
import { Secrets } from '../core/base/secrets.js';
import { version } from '../package.json';
import { readyLine } from '../server/flags.js';
import { InstanceLock } from '../server/instance-lock.js';
import { newSecretText } from '../server/secret.js';
import type { RoostCore } from '../supervisor/core.js';
import { readIdentity, sameProcess } from '../supervisor/process/identity.js';
import { runDir } from '../supervisor/process/ledger.js';
import { LogFile } from '../supervisor/process/log-file.js';
import { createNodeSpawner } from '../supervisor/process/node-spawner.js';
import { createSupervisor } from '../supervisor/supervisor.js';
import { listFiles, type Manifest, serveApp } from './app-protocol.js';
import { tooLate } from './before-ready.js';
import { createDesktopSpawner } from './desktop-spawner.js';
import { GracefulQuit } from './graceful-quit.js';
import { hiddenFlag, loginDoor, startsHidden, unpackagedArgs } from './login-item.js';
import { Loopback } from './loopback.js';
import { findPlaces } from './places.js';
import { confine, denyPermissions } from './security.js';
import { Surface } from './surface.js';
import { isReadOnly, placeNote } from './translocation.js';

/** The desktop door, from top to bottom. `before-ready.ts` has turned the sandbox on and named our scheme. */

// Whatever is written from here on is for this user alone.
process.umask(0o077);

const { env, platform } = process;
const developing = !app.isPackaged;
const places = findPlaces({
  env,
  platform,
  home: app.getPath('home'),
  userDataDir: app.getPath('userData'),
  entryDir: import.meta.dirname,
  packaged: app.isPackaged,
  resourcesPath: process.resourcesPath,
});
mkdirSync(places.dataDir, { recursive: true, mode: 0o700 });
app.setPath('userData', places.dataDir);
app.setPath('sessionData', places.browserDir);
if (platform === 'win32') app.setAppUserModelId('dev.roost.desktop');

// A terminal that closed must not end the app.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
const level = logLevels.find((known) => known === env['ROOST_LOG_LEVEL']) ?? ('info' satisfies LogLevel);
const secrets = new Secrets();
const stderrLog = createLog({ clock, level, sink: (line) => process.stderr.write(`${line}\n`) });
const logFile = new LogFile({ path: join(places.dataDir, 'logs', 'roost.log'), clock, log: stderrLog });
const log = createLog({
  clock,
  level,
  sink: (line) => {
    const told = secrets.hide(line);
    process.stderr.write(`${told}\n`);
    logFile.append(told);
  },
});

// The lock belongs to the data directory: two of them may run side by side, one never twice.
// Nothing here may be awaited: Electron waits for this module before it says `ready`.
if (tooLate) {
  process.stderr.write('roost: loaded too late. Start with: electron -r dist/preload/before-ready.cjs .\n');
  app.exit(70);
} else if (app.requestSingleInstanceLock()) void run();
else {
  process.stderr.write('Roost is running already: its window is shown.\n');
  app.exit(0);
}

async function run(): Promise<void> {
  let core: RoostCore | undefined;
  let lock: InstanceLock | undefined;
  let loopback: Loopback | undefined;
  let surface: Surface | undefined;

  const quit = new GracefulQuit({
    clock,
    log,
    stop: async (reason, drainMs) => core?.stop(reason, drainMs),
    close: async () => {
      await loopback?.stop();
      surface?.stop();
      await lock?.release();
      await logFile.flush();
    },
    showProgress: () => surface?.show(),
    exit: (code) => {
      surface?.end();
      app.exit(code);
    },
  });
  process.on('uncaughtException', (error) => quit.crash(error));
  process.on('unhandledRejection', (error) => quit.crash(error));
  app.on('second-instance', (_event, argv) => {
    if (!argv.includes(hiddenFlag)) surface?.show();
  });
  app.on('activate', () => surface?.show());
  // Closing the window leaves Roost running in the tray; without this listener Electron would quit.
  app.on('window-all-closed', () => undefined);
  app.on('before-quit', (event) => {
    if (quit.stage === 'ended') return;
    event.preventDefault();
    quit.request('quit');
  });
  app.on('web-contents-created', (_event, contents) => confine(contents, log.child('window')));

  await app.whenReady();
  // Only now: Chromium installs its own handlers before, whose second signal would kill without a drain.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => quit.request(signal));
  // With the inspector fused off nobody handles this signal, and its default is to end the process.
  if (app.isPackaged && platform !== 'win32') process.on('SIGUSR1', () => log.info('SIGUSR1 ignored: a packaged Roost has no inspector'));
  denyPermissions();
  const manifest = listScreen();
  serveApp(developing ? listScreen : () => manifest);

  const place = placeNote({ platform, execPath: process.execPath, readOnly: isReadOnly(process.execPath) });
  if (place !== null) log.warn(place.message);

  try {
    lock = await lockDataDir();
    const spawner = createDesktopSpawner({
      entryDir: places.entryDir,
      commands: createNodeSpawner({ entryDir: places.entryDir, toolDir: runDir(places.dataDir), log: log.child('process') }),
      platform,
      fork: utilityProcess.fork,
    });
    const built = await createSupervisor({
      door: 'desktop',
      dataDir: places.dataDir,
      configFile: places.configFile,
      env,
      entryDir: places.entryDir,
      resourcesDir: places.resourcesDir,
      spawner,
      log,
      secrets,
      clock,
      random,
      version,
      notes: place === null ? [] : [place],
      login: loginDoor({
        platform,
        env,
        home: app.getPath('home'),
        packaged: app.isPackaged,
        execPath: process.execPath,
        appArgs: unpackagedArgs(places.entryDir),
        place: place?.message ?? null,
      }),
    });
    core = built;
    surface = new Surface({
      core: built,
      places,
      platform,
      developing,
      clock,
      log,
      quit: (reason) => quit.request(reason),
      sessionEnds: () => quit.sessionEnds(),
      hidden: startsHidden(process.argv, platform),
    });
    surface.start();
    loopback = new Loopback({
      core: built,
      dataDir: places.dataDir,
      rendererDir: places.rendererDir,
      port: portOf(built.settings.api.port),
      version,
      clock,
      log,
      secrets,
    });
    const url = await loopback.start();
    await built.start();
    process.stdout.write(`${readyLine(url, places.dataDir, process.pid)}\n`);
  } catch (error) {
    await failed(error);
  }

  /** A start that failed for good. What can be repaired from the screen leaves the window open; the rest is said and ends. */
  async function failed(error: unknown): Promise<void> {
    if (quit.stage !== 'running') return;
    const { code, message } = toErrorBody(error);
    log.error('the start failed', { error });
    if (surface !== undefined && error instanceof RoostError && code !== 'already-running') return surface.say('Roost could not start everything', message);
    process.stderr.write(`roost: ${message}\n`);
    await dialog.showMessageBox({ type: 'error', title: 'Roost', message: 'Roost could not start', detail: message, buttons: ['Quit'] });
    quit.request('failed start', 1);
  }
}

/** Chromium's lock keeps a second window app away; this one keeps a headless host away, and us from its directory. */
async function lockDataDir(): Promise<InstanceLock> {
  const self = (await readIdentity(process.pid)) ?? { pid: process.pid, startedAt: 'unknown', bootId: 'unknown' };
  const lock = new InstanceLock({ dataDir: places.dataDir, self, lives: sameProcess, nonce: newSecretText(), clock });
  await lock.acquire();
  return lock;
}

function listScreen(): Manifest {
  try {
    return listFiles(places.rendererDir);
  } catch (error) {
    log.error('the screen is missing: build it first', { rendererDir: places.rendererDir, error });
    return new Map();
  }
}

/** The environment is what a person typed last. */
function portOf(configured: number | 'auto'): number | 'auto' {
  const typed = Number(env['ROOST_PORT']);
  return Number.isInteger(typed) && typed > 0 && typed < 65_536 ? typed : configured;
}
