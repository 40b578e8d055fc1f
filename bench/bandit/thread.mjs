import { parentPort, workerData } from 'node:worker_threads';
import { regretTasks, verdictRun, whatifRun } from './tasks.mjs';

/** Works off what it is sent: one seed of one task at a time. */
const core = await import(workerData.url);
const regrets = regretTasks(core);
const kinds = {
  regret: ({ name, seed, horizon }) => regrets[name](seed, horizon),
  verdict: ({ p, seed, horizon }) => verdictRun(core, p, seed, horizon),
  whatif: ({ seed, size }) => whatifRun(core, seed, size),
};
parentPort.on('message', (task) => parentPort.postMessage({ id: task.id, result: kinds[task.kind](task) }));
