import { isAbsolute, resolve } from 'node:path';
import { methods } from '../../contract/methods.js';
import { parse } from '../args.js';
import { type Command, Ending, exitCodes, json, line } from '../context.js';
import { bytes, duration, printable, table } from '../format.js';
import { connectHost } from '../host.js';

const backupUsage = ['roost backup', 'roost backup list'];
const restoreUsage = 'roost restore NAME|FOLDER';
/** Redis may have to rewrite, copy or load all its data. */
const waitMs = 11 * 60_000;

export const backup: Command = {
  name: 'backup',
  usage: backupUsage,
  summary: 'a verified copy of the data of Redis; list names those there are',
  async run(context, args) {
    const parsed = parse(args, backupUsage.join(' | '), {}, { least: 0, most: 1 });
    const asJson = parsed.values['json'] === true;
    if (parsed.words[0] !== undefined && parsed.words[0] !== 'list') throw new Ending(exitCodes.usage, `usage: ${backupUsage.join(' | ')}`);
    const host = await connectHost(context, parsed);
    if (parsed.words[0] === undefined) {
      const made = methods['backup.create'].result.parse(await host.post('/api/backup', {}, waitMs));
      if (asJson) json(context, made);
      else line(context, `${made.backup.name}: ${bytes(made.backup.bytes)}, verified by ${made.backup.verifiedBy}, in ${printable(made.backup.path)}`);
      return exitCodes.done;
    }
    const found = methods['backup.list'].result.parse(await host.get('/api/backups'));
    if (asJson) json(context, found);
    else {
      for (const row of table(
        ['NAME', 'AGE', 'SIZE', 'VERIFIED BY', 'MADE'],
        found.items.map((one) => [one.name, duration(Math.max(0, found.nowMs - one.atMs)), bytes(one.bytes), one.verifiedBy, one.reason]),
      ))
        line(context, row);
      if (found.problem !== null) line(context, `the last try failed: ${printable(found.problem)}`);
    }
    return exitCodes.done;
  },
};

export const restore: Command = {
  name: 'restore',
  usage: [restoreUsage],
  summary: 'puts a backup in the place of the data of Redis, also when Redis refuses to start; what was there is kept aside',
  async run(context, args) {
    const parsed = parse(args, restoreUsage, {}, { least: 1, most: 1 });
    const wish = parsed.words[0] ?? '';
    // A plain name is one of the backups; anything with a separator is a path as this shell means it.
    const file = isAbsolute(wish) || !/[\\/]/.test(wish) ? wish : resolve(context.cwd, wish);
    const host = await connectHost(context, parsed);
    const answer = methods['backup.restore'].result.parse(await host.post('/api/restore', { file }, waitMs));
    if (parsed.values['json'] === true) json(context, answer);
    else {
      line(context, `restored ${printable(answer.restored)} in ${duration(answer.tookMs)}`);
      if (answer.setAside !== null) line(context, `the data of before are in ${printable(answer.setAside)}`);
    }
    return exitCodes.done;
  },
};
