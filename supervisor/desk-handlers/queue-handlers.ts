import { RoostError } from '../../contract/errors.js';
import type { queueMethods } from '../../contract/queue-methods.js';
import type { QueueView } from '../../contract/state.js';
import { within } from '../../core/base/deadline.js';
import type { Handlers } from '../core.js';
import type { HandlerParts } from '../handler-parts.js';
import { freshWithinMs } from '../pace.js';
import { readPage, searchPage } from '../queues/control/job-page.js';

/** Serves what contract/queue-methods.ts names. First the record in the audit log, then the act. */
export const queueHandlers = (parts: HandlerParts): Pick<Handlers, keyof typeof queueMethods> => {
  const { boards, history, audit, clock, hold } = parts;
  const jobs = () => parts.desk().jobs;
  const depths = (): Promise<Record<string, QueueView>> => parts.desk().depths((queue) => boards.count(queue));
  /** What has finished up to now is counted first: at rest the stream of finished jobs is read only now and then. */
  const counted = (): Promise<unknown> =>
    within(
      clock,
      freshWithinMs,
      history.read().catch(() => undefined),
    );
  const whole = (name: string, view: QueueView) => ({ ...view, ...boards.board(name, view) });

  // One after the other: who resumes all while all are still being paused means those to come, too.
  let lastPause: Promise<unknown> = Promise.resolve();
  const setPaused = (names: readonly string[], paused: boolean): Promise<string[]> => {
    const done = lastPause.then(() => setPausedNow(names, paused));
    lastPause = done.catch(() => undefined);
    return done;
  };
  const setPausedNow = async (names: readonly string[], paused: boolean): Promise<string[]> => {
    const { registry } = parts.desk();
    // The emergency stop paused them for a reason and resumes them itself.
    if (!paused) hold.refuseWork();
    for (const name of names) registry.queue(name);
    const changed: string[] = [];
    for (const name of names) if ((await registry.isPaused(name)) !== paused) changed.push(name);
    for (const name of changed) {
      await audit.record({ act: paused ? 'queue.pause' : 'queue.resume', target: name });
      await (paused ? registry.pause(name) : registry.resume(name));
      parts.touched(name, paused ? 'paused' : 'resumed');
    }
    return changed;
  };

  return {
    'queue.list': async () => {
      await parts.fresh();
      return { queues: Object.fromEntries(Object.entries(await depths()).map(([name, view]) => [name, whole(name, view)])) };
    },
    'queue.get': async ({ queue }) => {
      parts.desk().registry.queue(queue);
      await parts.fresh();
      const view = (await depths())[queue];
      if (view === undefined) throw new RoostError('not-found', `There is no queue called ${queue}.`, { field: 'queue' });
      return { name: queue, queue: whole(queue, view), recent: history.tallies.recent(queue), hours: history.tallies.hours(queue) };
    },
    'queue.jobs': async ({ queue, state, page, pageSize, search, from }) => {
      const { registry } = parts.desk();
      const of = { redis: registry.redis, queue: registry.queue(queue), name: queue, state, clock };
      if (search === undefined) {
        const first = (page - 1) * pageSize;
        return { ...(await readPage(of, first, first + pageSize - 1)), page, pageSize, searched: null };
      }
      const { jobs: found, total, looked, next } = await searchPage(of, search, from, pageSize);
      return { jobs: found, total, page, pageSize, searched: { looked, of: total, next } };
    },
    'job.get': async ({ queue, id }) => ({ job: await jobs().get(queue, id) }),
    'job.add': async ({ queue, name, data, priority, delayMs, attempts, jobId, softMs, hardMs }) => {
      hold.refuseWork();
      const options = {
        ...(priority === undefined ? {} : { priority }),
        ...(delayMs === undefined ? {} : { delayMs }),
        ...(attempts === undefined ? {} : { attempts }),
        ...(jobId === undefined ? {} : { jobId }),
        ...(softMs === undefined ? {} : { softMs }),
        ...(hardMs === undefined ? {} : { hardMs }),
      };
      const { registry } = parts.desk();
      registry.queue(queue);
      await audit.record({ act: 'job.add', target: queue, detail: { name, ...options } });
      return registry.addJob(queue, name, data, options);
    },
    'job.retry': async ({ queue, id }) => {
      hold.refuseWork();
      await jobs().check('retry', queue, id);
      await audit.record({ act: 'job.retry', target: `${queue}/${id}` });
      await jobs().retry(queue, id);
      return { message: `Job ${id} is back in line with all its attempts.` };
    },
    'job.cancel': async ({ queue, id }) => {
      await jobs().check('cancel', queue, id);
      await audit.record({ act: 'job.cancel', target: `${queue}/${id}` });
      const status = await jobs().cancel(queue, id);
      return { status, message: status === 'cancelled' ? `Job ${id} was cancelled before it ran.` : `The worker that holds job ${id} was told to stop.` };
    },
    'job.remove': async ({ queue, id }) => {
      await jobs().check('remove', queue, id);
      await audit.record({ act: 'job.remove', target: `${queue}/${id}` });
      await jobs().remove(queue, id);
      return { message: `Job ${id} was removed.` };
    },
    'job.promote': async ({ queue, id }) => {
      await jobs().check('promote', queue, id);
      await audit.record({ act: 'job.promote', target: `${queue}/${id}` });
      await jobs().promote(queue, id);
      return { message: `Job ${id} waits in line now.` };
    },
    'job.duplicate': async ({ queue, id, data }) => {
      hold.refuseWork();
      await jobs().check('duplicate', queue, id);
      await audit.record({ act: 'job.duplicate', target: `${queue}/${id}`, detail: { edited: data !== undefined } });
      return { id: await jobs().duplicate(queue, id, data), queue };
    },
    'queue.pause': async ({ queue }) => ({ paused: await setPaused([queue], true) }),
    'queue.resume': async ({ queue }) => ({ resumed: await setPaused([queue], false) }),
    'queue.pauseAll': async () => ({ paused: await setPaused(parts.desk().registry.names, true) }),
    'queue.resumeAll': async () => ({ resumed: await setPaused(parts.desk().registry.names, false) }),
    'queue.retryFailed': async ({ queue, name }) => {
      hold.refuseWork();
      parts.desk().registry.queue(queue);
      await audit.record({ act: 'queue.retry-failed', target: queue, detail: name === undefined ? {} : { name } });
      return jobs().retryFailed(queue, name);
    },
    'queue.clean': async ({ queue, state, olderThanMs, limit }) => {
      parts.desk().registry.queue(queue);
      await audit.record({ act: 'queue.clean', target: queue, detail: { state, olderThanMs, limit } });
      return jobs().clean(queue, state, olderThanMs, limit);
    },
    'job.history': async ({ withinMs, ...query }) => {
      const fromMs = withinMs === undefined ? query.fromMs : Math.max(query.fromMs ?? 0, clock.wallMs() - withinMs);
      await counted();
      return { ...(await history.query({ ...query, fromMs })), oldestMs: await history.oldestMs() };
    },
  };
};
