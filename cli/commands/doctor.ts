import { statfs } from 'node:fs/promises';
import { RoostError } from '../../contract/errors.js';
import { methods } from '../../contract/methods.js';
import { healthSchema } from '../../contract/state.js';
import { parse } from '../args.js';
import { type Command, type Context, exitCodes, json } from '../context.js';
import { bytes, duration } from '../format.js';
import { dataDirOf, findControl, Host } from '../host.js';
import { type Check, showCheck } from './doctor-check.js';
import { checkDataDir, checkMemory, checkOpenFiles, judgeProviders, nearestExisting, ownLimits } from './doctor-machine.js';
import { checkRedis } from './doctor-redis.js';

const usage = 'roost doctor [--json]';
const oldestNode = [20, 19] as const;
/** Redis rewrites its log beside the old one and the logs rotate: less than this ends in trouble. */
const leastFreeBytes = 512 * 1024 ** 2;

export const doctor: Command = {
  name: 'doctor',
  usage: [usage],
  summary: 'looks for what would keep Roost from working and says what to do; exit code 4 when something is wrong',
  async run(context, args) {
    const parsed = parse(args, usage, {}, { least: 0, most: 0 });
    const dataDir = dataDirOf(context, parsed);
    const redis = await checkRedis(context, dataDir);
    const checks = [
      checkNode(context.nodeVersion),
      ...redis,
      await checkDataDir(dataDir),
      await checkDisk(dataDir),
      checkMemory(),
      ...checkOpenFiles(ownLimits()),
      // What the gate has said of the server the host says again.
      ...(await checkHost(context, dataDir)).filter(({ found }) => !redis.some((told) => told.found.endsWith(found))),
    ];
    if (parsed.values['json'] === true) json(context, { healthy: checks.every((check) => check.verdict !== 'problem'), checks });
    else for (const row of checks) showCheck(context, row);
    return checks.some((check) => check.verdict === 'problem') ? exitCodes.unhealthy : exitCodes.done;
  },
};

export function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const enough = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  return { check: 'node', verdict: enough ? 'ok' : 'problem', found: version, ...(enough ? {} : { advice: `install Node ${oldestNode.join('.')} or newer` }) };
}

async function checkDisk(dataDir: string): Promise<Check> {
  try {
    const disk = await statfs(await nearestExisting(dataDir));
    const free = disk.bavail * disk.bsize;
    const enough = free >= leastFreeBytes;
    return {
      check: 'disk',
      verdict: enough ? 'ok' : 'problem',
      found: `${bytes(free)} free`,
      ...(enough ? {} : { advice: `free at least ${bytes(leastFreeBytes)}: Redis stops taking writes on a full disk` }),
    };
  } catch {
    return { check: 'disk', verdict: 'note', found: 'the free space cannot be read' };
  }
}

async function checkHost(context: Context, dataDir: string): Promise<readonly Check[]> {
  const control = await findControl(context, dataDir);
  if (control === undefined) return [{ check: 'host', verdict: 'note', found: 'not running', advice: 'start it with roost up' }];
  try {
    const host = new Host(control, context.signal);
    const health = healthSchema.parse(await host.get('/api/health'));
    const running: Check = {
      check: 'host',
      verdict: health.status === 'healthy' ? 'ok' : 'problem',
      found: `${health.status} at ${control.url} (pid ${control.pid})`,
    };
    return [
      running,
      ...health.reasons.map(
        (reason): Check => ({
          check: reason.process,
          verdict: 'problem',
          found: reason.message,
          advice: `roost runbook ${reason.runbook === '' ? reason.code : reason.runbook} says what to do; roost logs ${reason.process}`,
        }),
      ),
      ...(health.notes ?? []).map((note): Check => ({ check: note.process, verdict: 'note', found: note.message })),
      ...(await checkProviders(host)),
      await checkBackups(host),
    ];
  } catch (error) {
    return [
      {
        check: 'host',
        verdict: 'problem',
        found: `pid ${control.pid} lives but does not answer (${error instanceof Error ? error.message : 'unknown'})`,
        advice: 'stop it and start it again with roost up',
      },
    ];
  }
}

async function checkProviders(host: Host): Promise<readonly Check[]> {
  const { providers, degraded } = methods['provider.list'].result.parse(await host.get('/api/providers'));
  return judgeProviders(providers, degraded);
}

type Backups = ReturnType<(typeof methods)['backup.list']['result']['parse']>;

/** A backup that is overdue by this factor means that something keeps it from being made. */
const overdue = 3;

export function judgeBackups({ items, everyMs, problem, nowMs }: Backups): Check {
  const [newest] = items;
  if (newest === undefined)
    return { check: 'backup', verdict: problem === null ? 'note' : 'problem', found: problem ?? 'none yet', advice: 'make one now with roost backup' };
  const ageMs = Math.max(0, nowMs - newest.atMs);
  const late = ageMs > everyMs * overdue;
  const found = `${items.length}, the newest ${duration(ageMs)} old (${bytes(newest.bytes)}, ${newest.verifiedBy})${problem === null ? '' : `; the last try failed: ${problem}`}`;
  return {
    check: 'backup',
    verdict: late || problem !== null ? 'problem' : 'ok',
    found,
    ...(late || problem !== null ? { advice: 'make one now with roost backup; the log of redis says more' } : {}),
  };
}

async function checkBackups(host: Host): Promise<Check> {
  try {
    return judgeBackups(methods['backup.list'].result.parse(await host.get('/api/backups')));
  } catch (error) {
    const external = error instanceof RoostError && error.code === 'not-supported';
    return { check: 'backup', verdict: external ? 'ok' : 'note', found: external ? 'this Redis is run by somebody else' : 'the backups cannot be read' };
  }
}
