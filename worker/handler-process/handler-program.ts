import { RoostError } from '../../contract/errors.js';
import { type FromHandler, maxResultBytes, type RunOutcome, type RunRequest, type ToHandler, toHandlerSchema } from '../../contract/handler-messages.js';
import { handlerSpecs } from '../../contract/handlers.js';
import { parseInput } from '../../contract/validation.js';
import type { Clock, Random } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import type { HandlerTools, RunHandler } from '../../core/jobs/handler.js';
import { connect, type Redis } from '../../core/redis/connection.js';
import { keysFor } from '../../core/redis/keys.js';
import { handlers } from '../handlers/index.js';
import { withReport } from '../handlers/with-report.js';
import type { ParentChannel } from '../parent-channel.js';
import { Asking } from './asking.js';
import { JobAtWork } from './job-at-work.js';
import { failureOf } from './job-failure.js';
import { listOwnHandlers, loadOwnHandler } from './own-handlers.js';

const beatPeriodMs = 1_000;

type Setup = Extract<ToHandler, { type: 'setup' }>;

export interface HandlerProgramOptions {
  readonly channel: ParentChannel;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly rssBytes: () => number;
  /** What this process was started with: an allow-list without secrets, for programs that a handler runs. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ends the process. */
  readonly exit: (code: number) => void;
}

/** The program of a handler process: runs the job it is given and tells what it does. */
export class HandlerProgram {
  readonly #options: HandlerProgramOptions;
  readonly #asking: Asking;
  #setup: Setup | undefined;
  #redis: Redis | undefined;
  #tools: HandlerTools | undefined;
  #atWork: { readonly runId: number; readonly job: JobAtWork } | undefined;

  constructor(options: HandlerProgramOptions) {
    this.#options = options;
    this.#asking = new Asking((message) => this.#send(message));
  }

  start(): void {
    const { channel, clock, log, exit, rssBytes } = this.#options;
    channel.onMessage((raw) => {
      const message = toHandlerSchema.safeParse(raw);
      if (message.success) this.#take(message.data);
      else log.warn('a message from the supervisor is not in the contract', { issue: message.error.issues[0]?.message });
    });
    channel.onLost(() => exit(1));
    clock.every(beatPeriodMs, () => this.#send({ type: 'beat', rssBytes: rssBytes() }));
  }

  #take(message: ToHandler): void {
    switch (message.type) {
      case 'setup':
        this.#setup = message;
        this.#tools = this.#makeTools(message);
        this.#send({ type: 'ready' });
        return;
      case 'run':
        void this.#run(message.runId, message.request);
        return;
      case 'stop':
        if (this.#atWork?.runId === message.runId) this.#atWork.job.stop(message.reason, message.message);
        return;
      case 'answer':
        this.#asking.answered(message.askId, message.answer);
        return;
      case 'list':
        void this.#list(message.skip);
        return;
      case 'end':
        this.#redis?.disconnect();
        void this.#options.channel.flushed().then(() => this.#options.exit(0));
    }
  }

  async #list(skip: readonly string[]): Promise<void> {
    const files = await listOwnHandlers(this.#setup?.folder ?? null, skip, (file) => this.#send({ type: 'reading', file }));
    this.#send({ type: 'listed', files: [...files] });
  }

  async #run(runId: number, request: RunRequest): Promise<void> {
    const setup = this.#setup;
    const tools = this.#tools;
    if (setup === undefined || tools === undefined) return;
    const job = new JobAtWork({ request, node: setup.node, tools, tell: (news) => this.#send({ type: 'news', runId, news }) });
    this.#atWork = { runId, job };
    const outcome = await this.#outcome(request, job, tools, setup.folder).catch(failureOf);
    this.#atWork = undefined;
    this.#send({ type: 'ended', runId, outcome, rssBytes: this.#options.rssBytes() });
  }

  async #outcome(request: RunRequest, job: JobAtWork, tools: HandlerTools, folder: string | null): Promise<RunOutcome> {
    const { name } = request;
    const spec = handlerSpecs[name];
    let run: RunHandler<unknown> | undefined = handlers[name];
    let data = request.data;
    if (spec !== undefined && run !== undefined) data = parseInput(spec.data, data, 'data');
    else {
      const own = await loadOwnHandler(folder, name);
      run = own === undefined ? undefined : withReport(own.run);
      data = own === undefined ? data : await own.check(data);
    }
    if (run === undefined) throw new RoostError('not-found', `There is no handler named ${name}.`, { field: 'name' });
    const result = await run(job.asHandlerJob(data), tools);
    const bytes = new TextEncoder().encode(JSON.stringify(result) ?? 'null').length;
    if (bytes > maxResultBytes) throw new RoostError('too-large', `the result of a job must be at most ${maxResultBytes} bytes of JSON, got ${bytes}`);
    return { kind: 'done', result: result ?? null };
  }

  #makeTools(setup: Setup): HandlerTools {
    const { clock, random, log, env } = this.#options;
    const open = (): Redis => {
      this.#redis ??= connect(setup.redis, 'blocking', 'roost-handler', log);
      return this.#redis;
    };
    const asking = this.#asking;
    return {
      // Opened at its first use: many handlers need none.
      get redis() {
        return open();
      },
      keys: keysFor(setup.prefix),
      node: setup.node,
      dataDir: setup.dataDir,
      clock,
      random,
      log,
      env: { ...env, ...setup.env },
      ask: (method, params) => asking.ask(method, params),
    };
  }

  #send(message: FromHandler): void {
    this.#options.channel.send(message);
  }
}
