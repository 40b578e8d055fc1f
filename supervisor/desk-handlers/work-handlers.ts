import { handlerSpecs } from '../../contract/handlers.js';
import type { workMethods } from '../../contract/work-methods.js';
import type { Handlers } from '../core.js';
import type { HandlerParts } from '../handler-parts.js';

/** Serves what contract/work-methods.ts names. */
export const workHandlers = (parts: HandlerParts): Pick<Handlers, keyof typeof workMethods> => ({
  'handler.list': async () => {
    const { specs, files } = parts.work.catalogue;
    const handlers = specs.map(({ name, summary, queue, softMs, hardMs, retry }) => ({
      name,
      summary,
      queue,
      softMs,
      hardMs,
      retry,
      own: !(name in handlerSpecs),
    }));
    return { handlers, problems: files.flatMap((file) => ('problem' in file ? [{ file: file.file, problem: file.problem }] : [])) };
  },
  'worker.list': async () => {
    const { processes, busy, waiting, pids } = parts.work.pool.view;
    const { registry } = parts.desk();
    return {
      workers: [...parts.workers.views(), ...(await registry.farWorkers())],
      handlerProcesses: { processes, busy, waiting, most: parts.work.pool.most, pids: [...pids] },
      rates: await registry.rates(),
    };
  },
  'worker.tune': async ({ worker, concurrency }) => {
    await parts.audit.record({ act: 'worker.tune', target: worker, detail: { concurrency } });
    const held = parts.workers.tune(worker, concurrency);
    parts.touched(
      `worker-${worker}`,
      `now takes ${Object.entries(held)
        .map(([queue, slots]) => `${slots} of ${queue}`)
        .join(', ')}`,
    );
    return { concurrency: { ...held } };
  },
  'worker.renew': async ({ worker }) => {
    await parts.audit.record({ act: 'worker.renew', target: worker });
    return { renewed: await parts.workers.renew(worker, 'a person asked for a fresh process') };
  },
  'queue.tune': async ({ queue, rate }) => {
    await parts.audit.record({ act: 'queue.tune', target: queue, detail: { rate } });
    await parts.desk().registry.setRate(queue, rate);
    parts.touched(queue, rate === null ? 'has no rate limit' : `takes ${rate.max} jobs every ${rate.everyMs} ms`);
    return { rate };
  },
});
