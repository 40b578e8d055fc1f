import { randomUUID } from 'node:crypto';
import type { QueueName } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import { type Clock, sleep, type Timer } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import { Scope } from '../../core/base/scope.js';
import { call, type Redis } from '../../core/redis/connection.js';
import type { Keys } from '../../core/redis/keys.js';
import type { QueueRegistry } from './queue-registry.js';

/** Slots of all live workers of one queue together; undefined when there is none. `progress` rises with every step of a job. */
export type BusySlots = { readonly busy: number; readonly concurrency: number; readonly progress: number } | undefined;

/** What one canary told. `excused`: no answer, for a reason that says nothing against the worker. */
export type CanaryVerdict = 'proved' | 'excused' | 'missed';

/**
 * No answer is a miss unless no worker is meant to answer, the queue rests or all its slots are taken by jobs that move.
 * Slots that are full of moving jobs prove as much as the canary: their worker fetched them and runs them. Without that a
 * start with many long jobs in line would wait for a free slot until it is given up.
 */
export function judgeSilence(before: BusySlots, after: BusySlots, paused: boolean): CanaryVerdict {
  if (before === undefined || after === undefined || paused) return 'excused';
  if (after.progress === before.progress) return 'missed';
  if (after.busy >= after.concurrency) return 'proved';
  return before.busy >= before.concurrency ? 'excused' : 'missed';
}

export interface CanaryOptions {
  readonly registry: Pick<QueueRegistry, 'addCanary' | 'removeCanary' | 'rests'>;
  readonly redis: () => Pick<Redis, 'get'>;
  readonly keys: Keys;
  readonly node: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Of the present lives of its workers: what another life holds proves nothing for this one. */
  readonly busySlots: (queue: QueueName) => BusySlots;
  /** Called after `misses` in a row; the worker does not fetch jobs although it lives. It was last proved at `provedMono`, or is asked since then. */
  readonly onMissed: (queue: QueueName, provedMono: number) => void;
  readonly onProved?: (queue: QueueName) => void;
  readonly periodMs?: number;
  readonly timeoutMs?: number;
  readonly misses?: number;
  /** Gap between two rounds while a queue is not proved: at a start nobody wants to wait for a whole period. */
  readonly eagerMs?: number;
}

/** Steps between two looks at the key: quick at first, since a healthy worker answers in a few milliseconds. */
const lookAfterMs = [5, 10, 20, 50] as const;

interface QueueProof {
  proved: boolean;
  /** When it was last proved; without a proof, since when one is asked for. */
  provedMono: number;
  /** Nobody is meant to answer; counts as proved until somebody is. */
  paused: boolean;
  misses: number;
  /** Raised by `forget`: a round that began before it decides nothing. */
  era: number;
  timer: Timer | undefined;
}

/** Sends a small job through every queue in a steady rhythm: the only proof that its worker fetches and runs jobs. */
export class Canary {
  readonly #options: Required<Omit<CanaryOptions, 'onProved'>> & Pick<CanaryOptions, 'onProved'>;
  readonly #scope: Scope;
  readonly #proofs = new Map<QueueName, QueueProof>();
  #started = false;

  constructor(options: CanaryOptions) {
    this.#options = { periodMs: 20_000, timeoutMs: 5_000, misses: 3, eagerMs: 500, ...options };
    this.#scope = new Scope(options.clock);
  }

  start(): void {
    this.#started = true;
    this.#scope.add('canaries', () => {
      for (const proof of this.#proofs.values()) proof.timer?.cancel();
    });
    for (const [queue, proof] of this.#proofs) void this.#round(queue, proof);
  }

  /** The queues that workers of this node are to consume; those no longer named are asked no more. */
  follow(queues: readonly QueueName[]): void {
    for (const [queue, proof] of [...this.#proofs]) {
      if (queues.includes(queue)) continue;
      proof.era++;
      proof.timer?.cancel();
      this.#proofs.delete(queue);
    }
    for (const queue of queues) {
      if (this.#proofs.has(queue)) continue;
      const proof: QueueProof = { proved: false, provedMono: this.#options.clock.monoMs(), paused: false, misses: 0, era: 0, timer: undefined };
      this.#proofs.set(queue, proof);
      if (this.#started && !this.#scope.closed) void this.#round(queue, proof);
    }
  }

  async stop(): Promise<void> {
    await this.#scope.close();
  }

  /** Of one queue, or of all that are followed. One that is paused on purpose asks for no proof. */
  proved(queue?: QueueName): boolean {
    const counts = (proof: QueueProof | undefined): boolean => proof?.proved === true || proof?.paused === true;
    return queue !== undefined ? counts(this.#proofs.get(queue)) : [...this.#proofs.values()].every(counts);
  }

  /** The worker was replaced: what its predecessor proved is void, and the new one is asked at once. */
  forget(queue: QueueName): void {
    const proof = this.#proofs.get(queue);
    if (proof === undefined || this.#scope.closed) return;
    proof.proved = false;
    proof.provedMono = this.#options.clock.monoMs();
    proof.misses = 0;
    proof.era++;
    proof.timer?.cancel();
    void this.#round(queue, proof);
  }

  /** The machine slept: what went unanswered meanwhile says nothing. */
  forgive(): void {
    for (const proof of this.#proofs.values()) proof.misses = 0;
  }

  async #round(queue: QueueName, proof: QueueProof): Promise<void> {
    const { clock, log, misses, periodMs, eagerMs, onMissed, onProved } = this.#options;
    const era = proof.era;
    const verdict = await this.#ask(queue);
    if (this.#scope.closed || era !== proof.era) return;
    proof.paused = verdict === 'paused';
    if (verdict === 'proved') {
      const news = !proof.proved;
      proof.proved = true;
      proof.provedMono = clock.monoMs();
      proof.misses = 0;
      if (news) onProved?.(queue);
    } else if (verdict === 'missed') {
      proof.misses++;
      log.warn('no worker answered the canary job', { queue, misses: proof.misses });
    }
    // Nobody is there who could answer: an old proof means nothing any more.
    if (this.#options.busySlots(queue) === undefined) proof.proved = false;
    proof.timer = clock.after(proof.proved ? periodMs : eagerMs, () => void this.#round(queue, proof));
    if (proof.misses < misses) return;
    proof.proved = false;
    proof.misses = 0;
    onMissed(queue, proof.provedMono);
  }

  async #ask(queue: QueueName): Promise<CanaryVerdict | 'paused'> {
    const { registry, redis, keys, node, clock, log, busySlots, timeoutMs } = this.#options;
    const nonce = randomUUID();
    // Other nodes consume some of the same queues: each looks at its own key.
    const mark = `${queue}.${node}`;
    const before = busySlots(queue);
    if (before === undefined) return 'excused';
    try {
      // It would stand in line among the jobs that a person looks at.
      if (await registry.rests(queue)) return 'paused';
      const endMs = clock.monoMs() + timeoutMs;
      await registry.addCanary(queue, { nonce, queue: mark });
      for (let look = 0; clock.monoMs() < endMs; look++) {
        await sleep(clock, lookAfterMs[look] ?? lookAfterMs[lookAfterMs.length - 1] ?? 50, this.#scope.signal);
        if ((await call(clock, redis().get(keys.canary(mark)))) === nonce) return 'proved';
      }
      await registry.removeCanary(queue, nonce);
      return judgeSilence(before, busySlots(queue), await registry.rests(queue));
    } catch (error) {
      // Redis being away says nothing about the worker; whoever watches Redis reports it.
      if (!this.#scope.closed && !(error instanceof RoostError && error.code === 'redis-unavailable'))
        log.warn('the canary could not be sent', { queue, error });
      return 'excused';
    }
  }
}
