import { RoostError } from '../../contract/errors.js';
import type { Params, Result } from '../../contract/methods.js';
import type { CoordinatorView } from '../../contract/state.js';
import { currentActor } from '../../core/base/acting.js';
import type { Clock } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import type { ArmStore, CoordinatorConfig, Snapshot } from '../../core/coordinator/arm-store.js';
import { coordinatorView, verdictsOf } from '../../core/coordinator/coordinator-view.js';
import { warmupOf } from '../../core/coordinator/decide.js';
import { decisionRecordSchema, type LoggedTurn } from '../../core/coordinator/decision-record.js';
import { intentTables } from '../../core/coordinator/intent-tables.js';
import type { LogStore } from '../../core/coordinator/log-store.js';
import type { SettingsStore } from '../../core/coordinator/settings-store.js';
import { stretchesOf } from '../../core/coordinator/stretches.js';
import { trendsOf } from '../../core/coordinator/trends.js';
import { microPerReward } from '../../core/coordinator/types.js';
import { call, type Redis } from '../../core/redis/connection.js';
import type { Keys } from '../../core/redis/keys.js';
import { added, type Change, frozen, patched, reset, resetAll, retired, reverted } from './changes.js';
import type { DecisionArchive } from './decision-archive.js';
import { armOfEntry, type DecisionLog } from './decision-log.js';
import { decisionView } from './decision-view.js';
import { askWhatif } from './whatif-question.js';

export interface LearningOptions {
  readonly arms: ArmStore;
  readonly settings: SettingsStore;
  readonly log: LogStore;
  readonly archive: DecisionArchive;
  readonly decisions: DecisionLog;
  readonly redis: Redis;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly logger: Log;
  /** The file's part of the settings, as it is now. */
  config(): CoordinatorConfig;
}

/** Decisions that the trends of feedback rest on. */
const trendDecisions = 5_000;
/** Decisions searched for one that Redis no longer holds. */
const searched = 20_000;
type Changed = { readonly coordinator: CoordinatorView };
/** Called with what will be done before it is: a rejection refuses the act. */
type BeforeAct = (what: string, detail: Readonly<Record<string, unknown>>) => Promise<void>;

/** The coordinator as people work with it: settings while running, verdicts, trends, the log, what-if. */
export class Learning {
  readonly #options: LearningOptions;
  #viewed: { readonly key: string; readonly view: CoordinatorView } | undefined;
  #judged: { readonly key: string; readonly verdicts: ReturnType<typeof verdictsOf> } | undefined;

  constructor(options: LearningOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { log, archive, logger } = this.#options;
    if (await log.migrate()) logger.info('what the coordinator had learned was taken over into the new layout');
    archive.start();
  }

  stop(): Promise<void> {
    return this.#options.archive.stop();
  }

  async view(): Promise<CoordinatorView> {
    const snapshot = await this.#snapshot();
    const config = this.#options.config();
    // At rest it is asked for again and again and nothing has changed: comparing costs a fraction of the probabilities.
    const key = JSON.stringify([snapshot, config]);
    if (this.#viewed?.key !== key) this.#viewed = { key, view: coordinatorView(snapshot, config, this.#verdicts(snapshot)) };
    return this.#viewed.view;
  }

  patch(params: Params<'coordinator.patch'>, record: BeforeAct): Promise<Changed> {
    const change = patched(this.#options.config(), params);
    const { version: _, ...detail } = params;
    return this.#change(change, params.version, record, detail);
  }

  freeze({ arm, version }: Params<'coordinator.freeze'>, record: BeforeAct): Promise<Changed> {
    return this.#change(frozen(this.#options.config(), arm, true), version, record);
  }

  unfreeze({ arm, version }: Params<'coordinator.unfreeze'>, record: BeforeAct): Promise<Changed> {
    return this.#change(frozen(this.#options.config(), arm, false), version, record);
  }

  reset({ arm, version }: Params<'coordinator.reset'>, record: BeforeAct): Promise<Changed> {
    return this.#change(reset(this.#options.config(), arm), version, record);
  }

  async resetAll({ version }: Params<'coordinator.reset-all'>, record: BeforeAct): Promise<Changed> {
    const { settled } = await this.#snapshot();
    return this.#change(resetAll(this.#options.config(), settled), version, record);
  }

  async add(params: Params<'coordinator.add'>, record: BeforeAct): Promise<Changed> {
    const { states, settled } = await this.#snapshot();
    const sum = Object.values(states).reduce((all, state) => all + state.sum, 0) / microPerReward;
    const { version, ...detail } = params;
    return this.#change(added(this.#options.config(), params, settled === 0 ? 0.5 : Math.min(1, sum / settled)), version, record, detail);
  }

  retire({ arm, version }: Params<'coordinator.retire'>, record: BeforeAct): Promise<Changed> {
    return this.#change(retired(this.#options.config(), arm), version, record);
  }

  async undo(record: BeforeAct): Promise<Result<'coordinator.undo'>> {
    const { settings, clock } = this.#options;
    const { changes } = await call(clock, settings.read());
    if (changes.what === '') throw new RoostError('conflict', 'There is no change to take back.');
    await record('undo', { undone: changes.what });
    if ((await call(clock, settings.undo())) === undefined) throw new RoostError('conflict', 'There is no change to take back.');
    return { coordinator: await this.view(), undone: changes.what };
  }

  revert(record: BeforeAct): Promise<Changed> {
    return this.#change(reverted(this.#options.config()), undefined, record);
  }

  async verdicts(): Promise<Result<'coordinator.verdicts'>> {
    const snapshot = await this.#snapshot();
    const verdicts = [...this.#verdicts(snapshot)];
    return {
      settled: snapshot.settled,
      leader: verdicts.find((one) => one.leader !== null)?.leader ?? verdicts.find((one) => one.state === 'leader')?.arm ?? null,
      verdicts,
    };
  }

  async intents(): Promise<Result<'coordinator.intents'>> {
    return { intents: [...intentTables(await this.#snapshot())] };
  }

  async trends(): Promise<Result<'coordinator.trends'>> {
    const { log, clock } = this.#options;
    const [snapshot, sums, turns] = await Promise.all([this.#snapshot(), call(clock, log.export(), 5_000), this.#logged(trendDecisions)]);
    return trendsOf(stretchesOf(sums), turns, 0.3 * warmupOf(snapshot.arms, snapshot.settings.warmupPulls));
  }

  async decisions({ limit, before, arm, intent }: Params<'coordinator.decisions'>): Promise<Result<'coordinator.decisions'>> {
    const turns = await this.#logged(
      limit,
      (fields) =>
        (before === undefined || Number(fields['at']) < before) &&
        (arm === undefined || armOfEntry(fields) === arm) &&
        (intent === undefined || fields['i'] === intent),
    );
    return { decisions: turns.map(decisionView).reverse() };
  }

  async decision(turnId: string): Promise<Result<'coordinator.decision'>> {
    const kept = await this.#kept(turnId);
    const found = kept ?? (await this.#logged(searched, (fields) => fields['t'] === turnId))[0];
    if (found === undefined)
      throw new RoostError('not-found', `There is no decision of turn ${turnId}; it may not have got an arm yet, or is past the archive.`, { field: 'turnId' });
    return { decision: decisionView(found) };
  }

  async whatif(params: Params<'coordinator.whatif'>, signal: AbortSignal): Promise<Result<'coordinator.whatif'>> {
    const snapshot = await this.#snapshot();
    const turns = await this.#logged(params.last, (fields) => params.intent === undefined || fields['i'] === params.intent);
    return askWhatif(turns, params, snapshot, this.#options.clock, signal);
  }

  async export(): Promise<Result<'coordinator.export'>> {
    return { state: { ...(await call(this.#options.clock, this.#options.log.export(), 5_000)) } };
  }

  async import({ state }: Params<'coordinator.import'>, record: BeforeAct): Promise<Result<'coordinator.import'>> {
    const { log, archive, clock } = this.#options;
    // What the log holds goes to the archive first: the import begins a new log.
    await call(clock, archive.run(), 10_000);
    const replaced = { ...(await call(clock, log.export(), 5_000)) };
    await record('import', { settledBefore: replaced.totals['settled'] ?? 0 });
    await call(clock, log.import(state), 10_000);
    return { coordinator: await this.view(), replaced };
  }

  async verify(): Promise<Result<'coordinator.verify'>> {
    const { identical, entries, differences } = await call(this.#options.clock, this.#options.log.verify(), 20_000);
    return { identical, entries, differences: [...differences] };
  }

  #logged(...asked: Parameters<DecisionLog['read']>): ReturnType<DecisionLog['read']> {
    return call(this.#options.clock, this.#options.decisions.read(...asked), 10_000);
  }

  #snapshot(): Promise<Snapshot> {
    return call(this.#options.clock, this.#options.arms.read(this.#options.config()));
  }

  /** Verdicts cost more than a look at the state, which is taken every second. */
  #verdicts(snapshot: Snapshot): ReturnType<typeof verdictsOf> {
    const key = `${snapshot.version}/${snapshot.settings.version}/${snapshot.settings.floor}/${snapshot.arms.map((arm) => `${arm.arm}${arm.frozen}${arm.retired}`).join()}`;
    if (this.#judged?.key !== key) this.#judged = { key, verdicts: verdictsOf(snapshot) };
    return this.#judged.verdicts;
  }

  async #change(change: Change, version: number | undefined, record: BeforeAct, detail: Readonly<Record<string, unknown>> = {}): Promise<Changed> {
    const { settings, clock } = this.#options;
    // Refused before it is recorded, where that can be known.
    change.apply(await call(clock, settings.read()));
    await record(change.what, detail);
    const actor = currentActor() ?? 'roost';
    await call(
      clock,
      settings.change(version, (now) => ({ ...change.apply(now), atMs: clock.wallMs(), actor, what: change.what })),
    );
    return { coordinator: await this.view() };
  }

  /** The decision of a turn as Redis holds it; undefined when it does not, or no longer. */
  async #kept(turnId: string): Promise<LoggedTurn | undefined> {
    const { redis, keys, log, clock } = this.#options;
    const hash = await call(clock, redis.hgetall(keys.armDecision(turnId)));
    const entry = hash['log'] === undefined ? undefined : await call(clock, log.entry(hash['log']));
    const decision = entry === undefined ? undefined : decisionRecordSchema.parse(JSON.parse(entry.fields['j'] ?? ''));
    // Cut off from the log already: the archive has it.
    if (decision === undefined) return undefined;
    const by = hash['settledBy'];
    return {
      turnId,
      decision,
      bucket: Number(hash['bucket'] ?? 0),
      reward: hash['reward'] === undefined ? null : Number(hash['reward']) / microPerReward,
      settledBy: by === 'feedback' || by === 'amend' || by === 'timeout' ? by : null,
      settledAtMs: hash['settledAt'] === undefined ? null : Number(hash['settledAt']),
      rating: hash['rating'] === undefined ? null : Number(hash['rating']),
      comment: hash['comment'] === undefined || hash['comment'] === '' ? null : hash['comment'],
      parts: hash['parts'] ?? null,
    };
  }
}
