import { methods } from '../../contract/methods.js';
import { type HoldView, holdLevels } from '../../contract/state.js';
import { parse } from '../args.js';
import { type Command, type Context, Ending, exitCodes, json, line } from '../context.js';
import { paint, printable, table } from '../format.js';
import { connectHost } from '../host.js';

const holdUsage = 'roost hold [interrupt|kill]';
const releaseUsage = 'roost release';
/** Interrupting waits for turns to end, killing for exits to be seen. */
const waitMs = 25_000;

const told: Readonly<Record<HoldView['level'], string>> = {
  hold: 'held: no new work is taken',
  interrupt: 'held: running turns were cancelled, no new work is taken',
  kill: 'held: every agent was ended, no new work is taken',
};

export const hold: Command = {
  name: 'hold',
  usage: [holdUsage],
  summary: 'emergency stop: no new work; interrupt also cancels running turns, kill also ends every agent; exit code 4 when something survived',
  async run(context, args) {
    const parsed = parse(args, holdUsage, {}, { least: 0, most: 1 });
    const level = holdLevels.find((known) => known === (parsed.words[0] ?? 'hold'));
    if (level === undefined) throw new Ending(exitCodes.usage, `usage: ${holdUsage}`);
    const host = await connectHost(context, parsed);
    const answer = methods['hold.set'].result.parse(await host.post('/api/hold', { level }, waitMs));
    if (parsed.values['json'] === true) json(context, answer);
    else show(context, answer.hold);
    // Work that a plain hold leaves alone is no survivor of it.
    return answer.hold.level !== 'hold' && answer.hold.survivors.length > 0 ? exitCodes.unhealthy : exitCodes.done;
  },
};

export const release: Command = {
  name: 'release',
  usage: [releaseUsage],
  summary: 'ends the emergency stop and resumes exactly what it paused',
  async run(context, args) {
    const parsed = parse(args, releaseUsage, {}, { least: 0, most: 0 });
    const host = await connectHost(context, parsed);
    const answer = methods['hold.release'].result.parse(await host.post('/api/release', {}, waitMs));
    if (parsed.values['json'] === true) json(context, answer);
    else
      line(
        context,
        answer.released ? `released: ${answer.queues.length === 0 ? 'no queue had to be resumed' : `${answer.queues.join(', ')} resumed`}` : 'nothing was held',
      );
    return exitCodes.done;
  },
};

function show(context: Context, view: HoldView): void {
  line(context, paint(context.colour, 'yellow', told[view.level]));
  if (!view.complete) line(context, 'Redis is away: its queues are paused as soon as it is back');
  if (view.survivors.length === 0) line(context, view.level === 'hold' ? 'nothing runs any more' : 'verified: no job and no agent is left at work');
  else
    for (const row of table(
      ['STILL THERE', 'NAME', 'PID', 'WHY'],
      view.survivors.map((one) => [one.kind, one.name, one.pid, printable(one.detail)]),
    ))
      line(context, row);
  line(context, 'roost release ends it');
}
