import type { Approval } from '../../contract/approvals.js';
import { RoostError } from '../../contract/errors.js';
import { currentActor } from '../../core/base/acting.js';
import type { Clock, Timer } from '../../core/base/clock.js';
import { Emitter } from '../../core/base/emitter.js';
import type { AuditLog } from './audit-log.js';

export interface ApprovalRequest extends Pick<Approval, 'kind' | 'agentId' | 'template' | 'sessionId' | 'turnId' | 'title' | 'reason' | 'command' | 'detail'> {
  /** What the permission is for, exactly; what runs later must have the same. */
  readonly fingerprint: string;
}

/** A permission to do one thing once, for a minute. */
export interface Grant {
  readonly approvalId: string;
  /** True exactly once, in time, and for what was approved. */
  redeem(fingerprint: string): boolean;
}

export type Answer =
  | { readonly allowed: true; readonly grant: Grant }
  | { readonly allowed: false; readonly status: 'denied' | 'expired' | 'cancelled'; readonly why: string };

interface Pending {
  approval: Approval;
  readonly timer: Timer;
  readonly settle: (approval: Approval) => void;
  /** It stands in the audit log: only then a person may see it. */
  asked: boolean;
  deciding: boolean;
}

export interface ApprovalsOptions {
  readonly audit: Pick<AuditLog, 'record'>;
  readonly clock: Clock;
  readonly newId: () => string;
  /** Milliseconds a question waits. */
  readonly patienceMs: () => number;
}

export const maxPendingPerAgent = 5;
export const grantLifeMs = 60_000;
const keptDecisions = 100;
const withdrawn: Answer = { allowed: false, status: 'cancelled', why: 'the question was withdrawn' };

/** Questions of agents to a person. Each is answered once: by a person, by time, or by the end of whoever asked. */
export class Approvals {
  readonly #options: ApprovalsOptions;
  readonly #pending = new Map<string, Pending>();
  readonly #changes = new Emitter<void>();
  readonly #asked = new Emitter<Approval>();
  readonly #decided = new Emitter<Approval>();
  #recent: readonly Approval[] = [];

  constructor(options: ApprovalsOptions) {
    this.#options = options;
  }

  /** What a person may answer at this moment. */
  get pending(): readonly Approval[] {
    return [...this.#pending.values()].filter(({ asked }) => asked).map(({ approval }) => approval);
  }

  /** The newest first. */
  get recent(): readonly Approval[] {
    return this.#recent;
  }

  onChange(listener: () => void): () => void {
    return this.#changes.on(listener);
  }

  onAsked(listener: (approval: Approval) => void): () => void {
    return this.#asked.on(listener);
  }

  /** Told each question that is over, once. */
  onDecided(listener: (approval: Approval) => void): () => void {
    return this.#decided.on(listener);
  }

  /**
   * Resolves with what came of it; rejects with `audit-failed` when it cannot be recorded. The signal withdraws the
   * question at once, also one that is just being written down: whoever ended the turn must not find it open afterwards.
   */
  async ask(request: ApprovalRequest, signal: AbortSignal): Promise<Answer> {
    const { audit, clock, newId, patienceMs } = this.#options;
    const { fingerprint, ...shown } = request;
    if (signal.aborted) return withdrawn;
    const mine = [...this.#pending.values()].filter(({ approval }) => approval.agentId === request.agentId).length;
    if (mine >= maxPendingPerAgent) {
      await audit.record({
        actor: 'roost',
        act: 'approval.refuse',
        target: request.agentId,
        detail: { why: 'too many questions are open', title: request.title },
      });
      return { allowed: false, status: 'denied', why: `${maxPendingPerAgent} questions of this agent wait for a person already` };
    }
    const askedAtMs = clock.wallMs();
    const waitMs = patienceMs();
    const approval: Approval = { ...shown, id: newId(), askedAtMs, expiresAtMs: askedAtMs + waitMs, status: 'pending', decidedBy: null, decidedAtMs: null };
    const settled = new Promise<Approval>((resolve) => {
      const timer = clock.after(waitMs, () => this.#withdraw(approval.id, 'expired'));
      this.#pending.set(approval.id, { approval, timer, settle: resolve, asked: false, deciding: false });
    });
    const onAbort = (): void => this.#withdraw(approval.id, 'cancelled');
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      // Its place among the five is taken already, so that a flood cannot slip in while the first is written.
      await audit.record({ actor: 'agent', act: 'approval.ask', target: approval.id, detail: this.#factsOf(approval, fingerprint) });
    } catch (error) {
      signal.removeEventListener('abort', onAbort);
      this.#end(approval.id, 'cancelled', null);
      throw error;
    }
    const open = this.#pending.get(approval.id);
    if (open !== undefined) {
      open.asked = true;
      this.#asked.emit(approval);
      this.#changes.emit();
    }
    const { status } = await settled;
    signal.removeEventListener('abort', onAbort);
    if (status === 'allowed') return { allowed: true, grant: this.#grant(approval.id, fingerprint) };
    if (status === 'denied') return { allowed: false, status, why: 'a person denied it' };
    if (status === 'expired') return { allowed: false, status, why: `nobody answered within ${Math.round(waitMs / 1_000)} s` };
    return withdrawn;
  }

  /** `not-found` for a question nobody asked, `conflict` for one that is over. */
  async decide(id: string, decision: 'allow' | 'deny'): Promise<Approval> {
    const pending = this.#pending.get(id);
    if (pending === undefined || !pending.asked || pending.deciding) {
      const over = this.#recent.find((approval) => approval.id === id) ?? (pending?.asked ? pending.approval : undefined);
      if (over === undefined) throw new RoostError('not-found', `There is no approval ${id}; see the list of approvals.`, { field: 'id' });
      throw new RoostError('conflict', `Approval ${id} is ${pending === undefined ? over.status : 'being decided'} already; each is decided once.`, {
        field: 'id',
      });
    }
    pending.deciding = true;
    try {
      await this.#options.audit.record({ act: `approval.${decision}`, target: id, detail: { title: pending.approval.title, agent: pending.approval.agentId } });
    } catch (error) {
      pending.deciding = false;
      throw error;
    }
    const decided = this.#end(id, decision === 'allow' ? 'allowed' : 'denied', currentActor() ?? 'roost');
    if (decided !== undefined) return decided;
    throw new RoostError('conflict', `Approval ${id} was over before the decision was written.`, { field: 'id' });
  }

  #withdraw(id: string, status: 'expired' | 'cancelled'): void {
    const ended = this.#end(id, status, null);
    if (ended === undefined) return;
    // Nothing runs because of it, so the record may come after the fact.
    this.#options.audit
      .record({ actor: 'roost', act: `approval.${status}`, target: id, detail: { title: ended.title, agent: ended.agentId } })
      .catch(() => undefined);
  }

  #end(id: string, status: Approval['status'], decidedBy: string | null): Approval | undefined {
    const pending = this.#pending.get(id);
    if (pending === undefined) return undefined;
    this.#pending.delete(id);
    pending.timer.cancel();
    const approval: Approval = { ...pending.approval, status, decidedBy, decidedAtMs: this.#options.clock.wallMs() };
    this.#recent = [approval, ...this.#recent].slice(0, keptDecisions);
    pending.settle(approval);
    this.#decided.emit(approval);
    this.#changes.emit();
    return approval;
  }

  #grant(approvalId: string, approved: string): Grant {
    const untilMs = this.#options.clock.monoMs() + grantLifeMs;
    let used = false;
    return {
      approvalId,
      redeem: (fingerprint) => {
        const fits = !used && fingerprint === approved && this.#options.clock.monoMs() <= untilMs;
        used = true;
        return fits;
      },
    };
  }

  #factsOf(approval: Approval, fingerprint: string): Readonly<Record<string, unknown>> {
    const { kind, agentId, template, sessionId, turnId, title, reason, command } = approval;
    return { kind, agent: agentId, template, session: sessionId, turn: turnId, title, reason, ...(command === null ? {} : { command }), fingerprint };
  }
}
