import { type FromWorker, type RedisAddress, type ToWorker, toWorkerSchema, type WorkerStart } from '../contract/messages.js';
import type { Clock, Random } from '../core/base/clock.js';
import { within } from '../core/base/deadline.js';
import type { Log } from '../core/base/log.js';
import { Scope } from '../core/base/scope.js';
import { Consumers, type TurnSettings } from './consumers.js';
import { Deliveries } from './deliveries.js';
import { diagnosisLines, type RuntimeFacts } from './diagnosis.js';
import type { ParentChannel } from './parent-channel.js';
import { RemoteRuns } from './remote-runs.js';
import { Slots } from './slots.js';

const beatPeriodMs = 1_000;
/** After the jobs were handed back, closing may take this long before the process ends regardless. */
const closeGraceMs = 2_000;

export interface QueueWorkerOptions {
  readonly channel: ParentChannel;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Ends the process. */
  readonly exit: (code: number) => void;
  /** Worst delay of the event loop since the last call, and resident memory. */
  readonly vitals: () => { readonly loopLagMs: number; readonly rssBytes: number };
  /** What the runtime says about itself; asked for only when this process seems to hang. */
  readonly inside: () => RuntimeFacts;
}

/** The worker process: does what the supervisor says over the channel and tells it every second how it goes. */
export class QueueWorker {
  readonly #options: QueueWorkerOptions;
  readonly #scope: Scope;
  readonly #slots: Slots;
  readonly #deliveries: Deliveries;
  readonly #runs: RemoteRuns;
  #start: WorkerStart | undefined;
  #settings: TurnSettings | undefined;
  #tuned: Readonly<Record<string, number>> = {};
  #resting = false;
  #address = '';
  #consumers: Consumers | undefined;
  #ready = false;
  #beats = 0;
  #draining: Promise<void> | undefined;
  #left = false;

  constructor(options: QueueWorkerOptions) {
    this.#options = options;
    this.#scope = new Scope(options.clock, (name, error) => options.log.error(`${name} failed`, { error }));
    this.#slots = new Slots(options.clock);
    const send = (message: FromWorker): void => options.channel.send(message);
    this.#deliveries = new Deliveries({ clock: options.clock, send });
    this.#runs = new RemoteRuns({ clock: options.clock, send, log: options.log });
  }

  start(): void {
    const { channel, log } = this.#options;
    channel.onMessage((raw) => {
      const message = toWorkerSchema.safeParse(raw);
      if (message.success) this.#take(message.data);
      else log.warn('a message from the supervisor is not in the contract', { issue: message.error.issues[0]?.message });
    });
    channel.onLost(() => {
      // Nobody could deliver a turn any more; what is in hand is found and moved back at the next start.
      log.error('the supervisor is gone, stopping');
      this.#exit(1);
    });
  }

  /** Takes no more jobs, waits up to `deadlineMs` for those in hand, then hands them back and ends the process. A later call with less shortens. */
  drain(deadlineMs: number): Promise<void> {
    const { clock, log } = this.#options;
    this.#draining ??= this.#drain();
    clock.after(deadlineMs, () => {
      const busy = this.#consumers?.busy ?? 0;
      if (busy > 0) log.warn('the drain took too long, jobs go back to their queues', { jobs: busy });
      this.#consumers?.handBack();
    });
    clock.after(deadlineMs + closeGraceMs, () => void this.#leave());
    return this.#draining;
  }

  async #drain(): Promise<void> {
    const consumers = this.#consumers;
    // Without Redis there is nobody to say goodbye to.
    if (consumers !== undefined) await (consumers.connected || consumers.busy > 0 ? consumers.finish() : consumers.abandon());
    this.#options.channel.send({ type: 'drained' });
    await this.#leave();
  }

  async #leave(): Promise<void> {
    await this.#scope.close(100);
    await within(this.#options.clock, 500, this.#options.channel.flushed());
    this.#exit(0);
  }

  #exit(code: number): void {
    if (this.#left) return;
    this.#left = true;
    this.#options.exit(code);
  }

  #take(message: ToWorker): void {
    switch (message.type) {
      case 'start':
        this.#begin(message);
        break;
      case 'redis':
        this.#move(message.redis);
        break;
      case 'settings':
        this.#settings = message;
        break;
      case 'delivered':
        this.#deliveries.delivered(message.requestId, message.outcome);
        break;
      case 'delivery-waits':
        this.#deliveries.waitsForPerson(message.requestId, message.waiting);
        break;
      case 'cancel':
        this.#consumers?.cancel('turns', message.turnId);
        break;
      case 'cancel-job':
        this.#consumers?.cancel(message.queue, message.jobId);
        break;
      case 'tune':
        this.#tuned = { ...this.#tuned, ...message.concurrency };
        this.#consumers?.tune(message.concurrency);
        break;
      case 'rest':
        this.#resting = message.on;
        this.#consumers?.rest(message.on);
        break;
      case 'run-news':
        this.#runs.heard(message.requestId, message.news);
        break;
      case 'ran':
        this.#runs.ran(message.requestId, message.outcome);
        break;
      case 'diagnose':
        this.#diagnose();
        break;
      case 'drain':
        void this.drain(message.deadlineMs);
    }
  }

  #begin(start: WorkerStart): void {
    if (this.#start !== undefined || this.#draining !== undefined) return;
    this.#start = start;
    this.#resting = start.resting === true;
    this.#address = JSON.stringify(start.redis);
    this.#scope.every('beat', beatPeriodMs, () => this.#beat());
    void this.#connect(start, start.redis);
  }

  /** The server is somewhere else now: jobs in hand go back and are taken again there; a turn joins its delivery under way. */
  #move(address: RedisAddress): void {
    const start = this.#start;
    const text = JSON.stringify(address);
    if (start === undefined || text === this.#address || this.#draining !== undefined) return;
    this.#address = text;
    this.#options.log.info('Redis has a new address, reconnecting');
    void this.#connect(start, address);
  }

  async #connect(start: WorkerStart, address: RedisAddress): Promise<void> {
    const { channel, clock, random, log } = this.#options;
    const previous = this.#consumers;
    const next = new Consumers({
      start,
      settings: () => this.#settings ?? start,
      address,
      slots: this.#slots,
      tuned: this.#tuned,
      resting: this.#resting,
      deliveries: this.#deliveries,
      runs: this.#runs,
      send: (message: FromWorker) => channel.send(message),
      clock,
      random,
      log,
    });
    this.#consumers = next;
    try {
      await next.start(previous?.abandon());
      if (this.#consumers !== next || this.#ready) return;
      this.#ready = true;
      channel.send({ type: 'ready', incarnation: start.incarnation });
    } catch (error) {
      // Superseded or on the way out: its end was wanted.
      if (this.#consumers !== next || this.#draining !== undefined) return;
      log.error('the queues cannot be consumed', { error });
      this.#exit(1);
    }
  }

  #diagnose(): void {
    const { channel, clock, inside } = this.#options;
    const connected = this.#consumers?.connected === true;
    const { jobs } = this.#slots.report(!connected);
    channel.send({ type: 'diagnosis', lines: diagnosisLines({ connected, jobs, nowMs: clock.wallMs(), runtime: inside() }) });
  }

  #beat(): void {
    const incarnation = this.#start?.incarnation;
    if (incarnation === undefined) return;
    // While Redis is away every job stands still through no fault of this process.
    const jobs = this.#slots.report(this.#consumers?.connected !== true);
    this.#options.channel.send({ type: 'beat', incarnation, seq: ++this.#beats, ...jobs, ...this.#options.vitals() });
  }
}
