import { methods } from '../../contract/methods.js';
import { parse } from '../args.js';
import { type Command, exitCodes, json, line } from '../context.js';
import { bytes, clockTime, printable, table } from '../format.js';
import { connectHost } from '../host.js';

const filesUsage = 'roost files TURN';
const rollbackUsage = 'roost rollback TURN [--force]';
const rollbackWithinMs = 20_000;

export const files: Command = {
  name: 'files',
  usage: [filesUsage],
  summary: 'the files an agent wrote in a turn',
  async run(context, args) {
    const parsed = parse(args, filesUsage, {}, { least: 1, most: 1 });
    const host = await connectHost(context, parsed);
    const { writes } = methods['files.list'].result.parse(await host.get(`/api/turns/${encodeURIComponent(parsed.words[0] ?? '')}/files`));
    if (parsed.values['json'] === true) json(context, { writes });
    else if (writes.length === 0) line(context, 'no file was written through Roost in this turn');
    else
      for (const row of table(
        ['AT (UTC)', 'WHAT', 'SIZE', 'STATE', 'PATH'],
        writes.map((one) => [
          clockTime(one.atMs),
          one.existed ? 'changed' : 'new',
          bytes(one.bytes),
          one.rolledBackAtMs === null ? 'in place' : 'taken back',
          one.path,
        ]),
      ))
        line(context, row);
    return exitCodes.done;
  },
};

export const rollback: Command = {
  name: 'rollback',
  usage: [rollbackUsage],
  summary: 'puts the files of a turn back as they were before it; exits 1 when some were changed since and stay',
  async run(context, args) {
    const parsed = parse(args, rollbackUsage, { force: { type: 'boolean' } }, { least: 1, most: 1 });
    const host = await connectHost(context, parsed);
    const path = `/api/turns/${encodeURIComponent(parsed.words[0] ?? '')}/rollback`;
    const done = methods['files.rollback'].result.parse(await host.post(path, { force: parsed.values['force'] === true }, rollbackWithinMs));
    if (parsed.values['json'] === true) json(context, done);
    else {
      for (const one of done.restored) line(context, `put back  ${printable(one)}`);
      for (const one of done.removed) line(context, `removed   ${printable(one)}`);
      for (const { path: one, why } of done.skipped) line(context, `left      ${printable(one)}: ${printable(why)}`);
      if (done.restored.length + done.removed.length + done.skipped.length === 0) line(context, 'nothing to take back');
    }
    return done.skipped.length === 0 ? exitCodes.done : exitCodes.failed;
  },
};
