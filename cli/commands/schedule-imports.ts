import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { methods } from '../../contract/methods.js';
import { text } from '../args.js';
import { type Context, Ending, exitCodes, json, line } from '../context.js';
import { printable, table } from '../format.js';
import { moment, type ScheduleCall } from './schedule-call.js';

/** From another scheduler, beside it, and back. */

async function fileText(context: Context, file: string): Promise<string> {
  try {
    return await readFile(resolve(context.cwd, file), 'utf8');
  } catch (cause) {
    throw new Ending(exitCodes.failed, `${file} cannot be read: ${(cause as Error).message}`);
  }
}

export async function importSchedules({ context, host, parsed, asJson }: ScheduleCall): Promise<number> {
  const [celery, crontab] = [text(parsed, 'celery'), text(parsed, 'crontab')];
  const file = celery ?? crontab;
  if (file === undefined || file === '' || (celery !== undefined && crontab !== undefined))
    throw new Ending(exitCodes.usage, 'name one file: --celery FILE or --crontab FILE');
  const dryRun = parsed.values['dry-run'] === true;
  const answer = methods['schedule.import'].result.parse(
    await host.post('/api/schedule/import', {
      format: celery === undefined ? 'crontab' : 'celery',
      text: await fileText(context, file),
      dryRun,
      mode: parsed.values['run'] === true ? 'run' : 'shadow',
      ...Object.fromEntries(['tz', 'app'].flatMap((name) => (text(parsed, name) === undefined ? [] : [[name, text(parsed, name)]]))),
      handlers: tableOf(parsed.values['map']),
    }),
  );
  if (asJson) {
    json(context, answer);
    return exitCodes.done;
  }
  for (const row of table(
    ['', 'NAME', 'WHEN', 'WHAT', 'FIRST (UTC)', 'FROM', 'NOTE'],
    answer.rows.map(({ verdict, name, draft, next, source, why }) => [
      verdict,
      name,
      draft === null ? '-' : draft.cron === undefined ? `every ${draft.every}` : `${draft.cron} ${draft.tz ?? ''}`,
      draft === null ? '-' : `${draft.handler} ${JSON.stringify(draft.data ?? {})}`,
      moment(next[0]),
      source,
      why ?? '',
    ]),
  ))
    line(context, row);
  const made = answer.rows.filter(({ verdict }) => verdict === 'create').length;
  const left = answer.rows.length - made;
  if (answer.import === null) line(context, `${made} would be created, ${left} not${dryRun ? ' (dry run)' : ''}`);
  else line(context, `${made} created, ${left} not; undo with: roost schedules undo ${answer.import.id}`);
  return exitCodes.done;
}

function tableOf(given: unknown): Record<string, string> {
  const pairs = Array.isArray(given) ? given.map(String) : [];
  return Object.fromEntries(
    pairs.map((pair) => {
      const [task, handler] = pair.split('=');
      if (task === undefined || task === '' || handler === undefined || handler === '')
        throw new Ending(exitCodes.usage, `--map must be TASK=HANDLER, got ${JSON.stringify(pair.slice(0, 60))}`);
      return [task, handler];
    }),
  );
}

export async function listImports({ context, host, asJson }: ScheduleCall): Promise<number> {
  const found = methods['schedule.imports'].result.parse(await host.get('/api/schedule/imports'));
  if (asJson) json(context, found);
  else if (found.imports.length === 0) line(context, 'nothing was taken over so far');
  else
    for (const row of table(
      ['ID', 'WHEN (UTC)', 'FROM', 'SCHEDULES'],
      found.imports.map((one) => [one.id, moment(one.atMs), one.format, one.names.join(', ')]),
    ))
      line(context, row);
  return exitCodes.done;
}

export async function undoImport({ context, host, name, asJson }: ScheduleCall): Promise<number> {
  const answer = methods['schedule.undo'].result.parse(await host.post(`/api/schedule/imports/${encodeURIComponent(name)}/undo`));
  if (asJson) json(context, answer);
  else {
    line(context, answer.removed.length === 0 ? 'nothing taken away' : `taken away: ${answer.removed.join(', ')}`);
    for (const one of answer.kept) line(context, `${one.name} ${one.why}`);
  }
  return exitCodes.done;
}

/** The text alone on stdout, so that it can go into a file; what is left out on stderr. */
export async function exportSchedules({ context, host, parsed, asJson }: ScheduleCall): Promise<number> {
  const formats = (['celery', 'crontab'] as const).filter((format) => text(parsed, format) !== undefined);
  const [format] = formats;
  if (format === undefined || formats.length > 1) throw new Ending(exitCodes.usage, 'name the format: --celery or --crontab');
  const answer = methods['schedule.export'].result.parse(await host.get(`/api/schedule/export?format=${format}`));
  if (asJson) json(context, answer);
  else {
    context.write(printable(answer.text, true));
    for (const { name, why } of answer.left) context.err(`left out: ${name} ${printable(why)}`);
  }
  return exitCodes.done;
}

export async function compareSchedule({ context, host, parsed, name, asJson }: ScheduleCall): Promise<number> {
  const file = text(parsed, 'log');
  if (file === undefined) throw new Ending(exitCodes.usage, 'name the log of the old system: --log FILE');
  const match = text(parsed, 'match');
  // The end of a log is what a shadow can be compared with.
  const log = (await fileText(context, file)).slice(-190_000);
  const answer = methods['schedule.compare'].result.parse(
    await host.post(`/api/schedules/${encodeURIComponent(name)}/compare`, { text: log, ...(match === undefined ? {} : { match }) }),
  );
  if (asJson) {
    json(context, answer);
    return exitCodes.done;
  }
  if (answer.fromMs === null) line(context, `no time that both cover: ${answer.here} runs here, ${answer.there} there`);
  else
    line(
      context,
      `${moment(answer.fromMs)} to ${moment(answer.toMs)} UTC: ${answer.matched} runs in both, ${answer.onlyHere.length} only here, ${answer.onlyThere.length} only there`,
    );
  for (const one of answer.onlyHere) line(context, `only here   ${moment(one)}`);
  for (const one of answer.onlyThere) line(context, `only there  ${moment(one)}`);
  return exitCodes.done;
}
