import type { Command } from '../context.js';
import { history } from './history.js';
import { add, cancel, duplicate, job, promote, remove, retry } from './job.js';
import { clean, pause, resume } from './queue-acts.js';
import { jobs, queues } from './queues.js';

/** Commands about queues, jobs and their control. */
export const queueCommands: readonly Command[] = [queues, jobs, job, retry, cancel, pause, resume, add, duplicate, promote, remove, clean, history];
