import { RoostError } from '../contract/errors.js';
import { within } from '../core/base/deadline.js';
import type { Handlers } from './core.js';
import { approvalHandlers } from './desk-handlers/approval-handlers.js';
import { coordinatorHandlers } from './desk-handlers/coordinator-handlers.js';
import { logHandlers } from './desk-handlers/log-handlers.js';
import { loginHandlers } from './desk-handlers/login-handlers.js';
import { queueHandlers } from './desk-handlers/queue-handlers.js';
import { scheduleHandlers } from './desk-handlers/schedule-handlers.js';
import { sessionHandlers } from './desk-handlers/session-handlers.js';
import { workHandlers } from './desk-handlers/work-handlers.js';
import type { HandlerParts } from './handler-parts.js';
import type { ProcessControl } from './process-control.js';
import type { RedisBackups } from './redis/backup/redis-backups.js';

/** A stop does not wait longer for its line in the audit log. */
const recordWithinMs = 1_000;

type Act = 'start' | 'stop' | 'restart';

const past: Readonly<Record<Act, string>> = { start: 'starting', stop: 'stopping', restart: 'restarting' };

/** The one place where the methods of the contract meet the rooms that serve them. */
export function createHandlers(parts: HandlerParts): Handlers {
  const { pool, clock } = parts;

  const backups = (): RedisBackups => {
    if (parts.backups !== undefined) return parts.backups;
    throw new RoostError('not-supported', 'This Redis is run by somebody else (redis.mode external): its backups are made where it runs.');
  };

  /** `worker` means every worker: most installations have one. */
  const controlsOf = (name: string): readonly ProcessControl[] => {
    const controls = parts.controls();
    const exact = controls.filter((control) => control.name === name);
    return exact.length > 0 || name !== 'worker' ? exact : controls.filter((control) => control.view().kind === 'worker');
  };

  /** First the record, then the act: one that cannot be recorded does not happen. */
  const recorded = (what: string, target: string, detail: Readonly<Record<string, unknown>> = {}): Promise<void> =>
    parts.audit.record({ act: what, target, detail });

  const act = async (name: string, kind: Act): Promise<{ accepted: boolean; message: string }> => {
    const controls = controlsOf(name);
    if (controls.length > 0) {
      await recorded(`process.${kind}`, name);
      const accepted = controls.map((control) => control[kind]()).some(Boolean);
      if (accepted) parts.touched(name, past[kind]);
      return { accepted, message: accepted ? `${name} is ${past[kind]}.` : `${name} is ${controls[0]?.view().state ?? 'unknown'} already; nothing to do.` };
    }
    if (!pool.views().some((view) => view.name === name)) throw unknownProcess(name);
    if (kind === 'start') return { accepted: false, message: `${name} runs already; agents are started by the pool.` };
    await recorded(`process.${kind}`, name);
    const answer = kind === 'restart' ? pool.restart(name) : pool.stopAgent(name);
    if (answer.accepted) parts.touched(name, past[kind]);
    return answer;
  };

  const logNameOf = (name: string): string | undefined => {
    const found = controlsOf(name)[0]?.name ?? name;
    return parts.controls().some((control) => control.name === found) || pool.views().some((view) => view.name === found) ? found : undefined;
  };

  return {
    'health.get': async () => {
      await parts.fresh();
      return parts.health();
    },
    'process.list': async () => {
      await parts.freshUsage();
      return { processes: parts.processes() };
    },
    'process.start': ({ name }) => act(name, 'start'),
    'process.stop': ({ name }) => act(name, 'stop'),
    'process.restart': ({ name }) => act(name, 'restart'),
    'pool.get': async () => parts.poolView(),
    'pool.resize': async ({ size }) => {
      await recorded('pool.resize', 'pool', { size });
      const target = pool.resize(size);
      parts.touched('pool', `resized to ${target}`);
      return { target };
    },
    'session.start': async (params) => {
      parts.hold.refuseWork();
      return parts.desk().sessions.begin(params);
    },
    'session.get': async ({ id }) => parts.desk().sessions.get(id),
    'session.stop': async ({ sessionId }) => {
      const { sessions } = parts.desk();
      await recorded('session.stop', sessionId);
      return sessions.end(sessionId);
    },
    'session.list': async (params) => parts.desk().sessions.list(params),
    'session.logs': async ({ id, lines }) => parts.desk().sessions.logs(id, lines),
    'session.conversation': async (params, signal) => parts.desk().sessions.conversation(params, signal),
    'turn.create': async (params) => {
      parts.hold.refuseWork();
      return parts.desk().turns.create(params);
    },
    'turn.get': async ({ id }) => parts.desk().turns.get(id),
    'turn.cancel': async ({ id }) => parts.desk().turns.cancel(id),
    'turn.feedback': async (params) => parts.desk().turns.feedback(params),
    'coordinator.get': async () => parts.desk().coordinator(),
    'hold.set': async ({ level }) => {
      // The one exception: an emergency stop is not refused because a disk is full. It is written first if it can be.
      await within(clock, recordWithinMs, recorded('hold.set', 'roost', { level })).catch(() => undefined);
      const hold = await parts.hold.set(level);
      parts.touched('roost', `held (${level})`);
      return { hold };
    },
    'hold.release': async () => {
      await recorded('hold.release', 'roost');
      const answer = await parts.hold.release();
      if (answer.released) parts.touched('roost', 'released');
      return answer;
    },
    'incident.list': async ({ limit }) => ({ incidents: parts.incidents.summaries(limit), total: parts.incidents.total }),
    'incident.get': async ({ id }) => ({ incident: parts.incidents.get(id) }),
    'backup.create': async () => {
      const startedMs = clock.monoMs();
      const backup = await backups().make('by-hand');
      parts.touched('redis', 'backed up');
      return { backup, tookMs: Math.round(clock.monoMs() - startedMs) };
    },
    'backup.list': async () => ({ ...backups().view(), nowMs: clock.wallMs() }),
    'backup.restore': async ({ file }) => {
      const startedMs = clock.monoMs();
      backups();
      await recorded('backup.restore', 'redis', { file });
      const restored = await parts.restore(file);
      parts.touched('redis', `restored from ${restored.restored}`);
      return { ...restored, tookMs: Math.round(clock.monoMs() - startedMs) };
    },
    ...logHandlers(parts, logNameOf),
    ...queueHandlers(parts),
    ...workHandlers(parts),
    ...loginHandlers(parts),
    ...scheduleHandlers(parts),
    ...coordinatorHandlers(parts),
    ...approvalHandlers(parts),
    ...sessionHandlers(parts),
  };
}

const unknownProcess = (name: string): RoostError =>
  new RoostError('not-found', `There is no process named ${name}; see the list of processes.`, { field: 'name' });
