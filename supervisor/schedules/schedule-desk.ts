import { isDeepStrictEqual } from 'node:util';
import { defaultSchedules, type ScheduleConfig, scheduleSourceSchema, schedulesSchema } from '../../contract/config-schedules.js';
import { RoostError } from '../../contract/errors.js';
import { type ScheduleDraft, type ScheduleView, scheduleDraftSchema } from '../../contract/schedules.js';
import { parseInput } from '../../contract/validation.js';
import type { Clock } from '../../core/base/clock.js';
import type { ConfigSource } from '../config/config-source.js';
import { editedText, rawSection } from '../config/edit-config.js';
import { type Environment, expand } from '../config/load-config.js';
import { type Checked, checkSchedule, type Known } from './check.js';
import { revisionOf } from './entry.js';
import type { Schedules } from './schedules.js';
import { nextFew } from './time/rule.js';

export interface ScheduleDeskOptions {
  readonly source: ConfigSource;
  readonly env: Environment;
  readonly known: Known;
  readonly clock: Clock;
  /** Throws while Redis does not serve. */
  schedules(): Schedules;
}

/** What a person does to schedules. The config file is the one truth about what they are, so an edit is an edit of the file. */
export class ScheduleDesk {
  readonly #options: ScheduleDeskOptions;

  constructor(options: ScheduleDeskOptions) {
    this.#options = options;
  }

  inFile(name: string): boolean {
    return name in rawSection(this.#options.source.text, 'schedules');
  }

  /** The entry as it is written, or as the default would be. */
  draft(name: string): ScheduleDraft {
    const raw = rawSection(this.#options.source.text, 'schedules')[name];
    const parsed = scheduleDraftSchema.safeParse(raw ?? {});
    const written = parsed.success ? parsed.data : {};
    const { cron, ...rest } = defaultSchedules[name] ?? {};
    return { ...(cron === undefined || written.every !== undefined ? {} : { cron }), ...rest, ...written };
  }

  /** Everything that a save would refuse is refused here, with its field. */
  check(name: string, draft: ScheduleDraft): { readonly config: ScheduleConfig; readonly checked: Checked } {
    const { env, known } = this.#options;
    const written = expand(draft, env, 'the schedule');
    parseInput(scheduleSourceSchema, written, 'the schedule');
    const parsed = schedulesSchema.safeParse({ [name]: written });
    const config = parsed.success ? parsed.data[name] : undefined;
    if (config === undefined) {
      const issue = parsed.error?.issues[0];
      const field = String(issue?.path.at(-1) ?? 'name');
      throw new RoostError('bad-request', `${field} ${issue?.message ?? 'is not valid'}`, { field });
    }
    return { config, checked: checkSchedule(config, known) };
  }

  preview(name: string | undefined, draft: ScheduleDraft): { readonly next: number[]; readonly queue: string; readonly nowMs: number } {
    const { checked } = this.check(name ?? 'preview', draft);
    const nowMs = this.#options.clock.wallMs();
    return { next: nextFew(checked.rule, nowMs, 5), queue: checked.queue, nowMs };
  }

  async put(name: string, draft: ScheduleDraft, revision: string | undefined): Promise<{ readonly schedule: ScheduleView; readonly created: boolean }> {
    const { source } = this.#options;
    this.check(name, draft);
    let created = false;
    // Looked at where edits follow one another: of two at once, the second sees what the first has written.
    await source.edit((text) => {
      const before = source.current.schedules[name];
      if (revision !== undefined && (before === undefined || revisionOf(before) !== revision))
        throw new RoostError('conflict', `${name} was changed by somebody else meanwhile: look at it again.`, { field: 'revision' });
      created = before === undefined;
      return editedText(text, [{ path: ['schedules', name], value: draft }]);
    });
    const schedules = this.#options.schedules();
    schedules.apply();
    return { schedule: schedules.view(name), created };
  }

  async putAll(drafts: Readonly<Record<string, ScheduleDraft>>): Promise<void> {
    for (const [name, draft] of Object.entries(drafts)) this.check(name, draft);
    const edits = Object.entries(drafts).map(([name, draft]) => ({ path: ['schedules', name], value: draft }));
    await this.#options.source.edit((text) => editedText(text, edits));
    this.#options.schedules().apply();
  }

  /** A default schedule is taken away by a line that says so; without any line it would come back. */
  async delete(names: readonly string[]): Promise<void> {
    const { source } = this.#options;
    for (const name of names) {
      if (!(name in source.current.schedules)) throw new RoostError('not-found', `There is no schedule named ${name}.`, { field: 'name' });
    }
    const edits = names.map((name) => ({ path: ['schedules', name], value: name in defaultSchedules ? null : undefined }));
    await source.edit((text) => editedText(text, edits));
    const schedules = this.#options.schedules();
    schedules.apply();
    for (const name of names) await schedules.forget(name);
  }

  /** Whether the entry is still what this draft made of it. */
  isAsWritten(name: string, draft: ScheduleDraft): boolean {
    const raw = rawSection(this.#options.source.text, 'schedules')[name];
    return isDeepStrictEqual(raw, JSON.parse(JSON.stringify(draft)));
  }
}
