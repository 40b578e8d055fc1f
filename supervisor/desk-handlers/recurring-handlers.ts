import type { recurringMethods } from '../../contract/recurring-methods.js';
import { currentActor } from '../../core/base/acting.js';
import type { Handlers } from '../core.js';
import type { HandlerParts } from '../handler-parts.js';

/** Serves what contract/recurring-methods.ts names. */
export const recurringHandlers = ({ schedules: room, clock, hold, audit, touched }: HandlerParts): Pick<Handlers, keyof typeof recurringMethods> => ({
  'schedule.list': async () => ({ schedules: room.require().views(), nowMs: clock.wallMs() }),
  'schedule.get': async ({ name, limit }) => {
    const schedules = room.require();
    const runs = [...(await schedules.runs(name, limit))];
    return { schedule: schedules.view(name), draft: room.desk.draft(name), runs, nowMs: clock.wallMs() };
  },
  'schedule.preview': async ({ name, ...draft }) => room.desk.preview(name, draft),
  'schedule.put': async ({ name, revision, ...draft }) => {
    room.require();
    room.desk.check(name, draft);
    await audit.record({ act: 'schedule.put', target: name, detail: { draft } });
    const answer = await room.desk.put(name, draft, revision);
    touched('schedules', `${name} ${answer.created ? 'added' : 'changed'}`);
    return answer;
  },
  'schedule.delete': async ({ name }) => {
    room.require().view(name);
    await audit.record({ act: 'schedule.delete', target: name });
    await room.desk.delete([name]);
    touched('schedules', `${name} deleted`);
    return { deleted: true };
  },
  'schedule.run': async ({ name, data }) => {
    hold.refuseWork();
    room.require().view(name);
    await audit.record({ act: 'schedule.run', target: name, ...(data === undefined ? {} : { detail: { data } }) });
    return { run: await room.require().run(name, data) };
  },
  'schedule.pause': async ({ name }) => {
    room.require().view(name);
    await audit.record({ act: 'schedule.pause', target: name });
    await room.require().pause(name, `Paused by a person (${currentActor() ?? 'roost'}).`);
    touched('schedules', `${name} paused`);
    return { schedule: room.require().view(name) };
  },
  'schedule.resume': async ({ name }) => {
    room.require().view(name);
    await audit.record({ act: 'schedule.resume', target: name });
    await room.require().resume(name);
    touched('schedules', `${name} resumed`);
    return { schedule: room.require().view(name) };
  },
  'schedule.import': async ({ dryRun, ...request }) => {
    room.require();
    const found = room.imports.rows(request);
    const creates = found.rows.filter((row) => row.verdict === 'create');
    if (dryRun || creates.length === 0) return { ...found, import: null, nowMs: clock.wallMs() };
    await audit.record({ act: 'schedule.import', target: request.format, detail: { names: creates.flatMap((row) => row.name ?? []), mode: request.mode } });
    const made = await room.imports.take(request.format, creates);
    touched('schedules', `${made.names.length} taken over from ${request.format}`);
    return { ...found, import: made, nowMs: clock.wallMs() };
  },
  'schedule.imports': async () => ({ imports: await room.imports.list() }),
  'schedule.undo': async ({ id }) => {
    await audit.record({ act: 'schedule.undo', target: id });
    const answer = await room.imports.undo(id);
    touched('schedules', `an import undone: ${answer.removed.length} taken away`);
    return answer;
  },
  'schedule.export': async ({ format }) => room.imports.export(format),
  'schedule.compare': async ({ name, text, match, toleranceMs }) => room.imports.compare(name, text, match, toleranceMs),
});
