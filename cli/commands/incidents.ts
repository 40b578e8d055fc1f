import { methods } from '../../contract/methods.js';
import type { Incident, IncidentSummary } from '../../contract/state.js';
import { parse, text, wholeNumber } from '../args.js';
import { type Command, type Context, Ending, exitCodes, json, line } from '../context.js';
import { clockTime, duration, paint, printable, table } from '../format.js';
import { connectHost } from '../host.js';

const usage = ['roost incidents [list] [-n N]', 'roost incidents show ID'];

const day = (atMs: number): string => new Date(atMs).toISOString().slice(0, 19).replace('T', ' ');
const took = (incident: IncidentSummary): string =>
  incident.status === 'open' ? 'open' : incident.recoveryMs === null ? 'unknown' : duration(incident.recoveryMs);

export const incidents: Command = {
  name: 'incidents',
  usage,
  summary: 'disturbances with their recovery time; show tells the whole story of one',
  async run(context, args) {
    const parsed = parse(args, usage.join(' | '), { lines: { type: 'string', short: 'n' } }, { least: 0, most: 2 });
    const [verb = 'list', id] = parsed.words;
    const asJson = parsed.values['json'] === true;
    const limit = wholeNumber(text(parsed, 'lines') ?? '20', '-n', 1, 200);
    if (verb === 'show' && id !== undefined) {
      const host = await connectHost(context, parsed);
      const { incident } = methods['incident.get'].result.parse(await host.get(`/api/incidents/${encodeURIComponent(id)}`));
      if (asJson) json(context, incident);
      else show(context, incident);
      return exitCodes.done;
    }
    if (verb !== 'list' || id !== undefined) throw new Ending(exitCodes.usage, `usage: ${usage.join(' | ')}`);
    const host = await connectHost(context, parsed);
    const found = methods['incident.list'].result.parse(await host.get(`/api/incidents?limit=${limit}`));
    if (asJson) json(context, found);
    else if (found.incidents.length === 0) line(context, 'no disturbance so far');
    else
      for (const row of table(
        ['ID', 'BEGAN (UTC)', 'TOOK', 'PROCESS', 'REQUEUED', 'RESTARTS', 'WHAT'],
        found.incidents.map((one) => [one.id, day(one.beganAtMs), took(one), one.trigger.process, one.jobs.requeued, one.restarts, one.trigger.message]),
      ))
        line(context, row);
    return exitCodes.done;
  },
};

function show(context: Context, incident: Incident): void {
  const { trigger, jobs } = incident;
  const heading = incident.status === 'open' ? paint(context.colour, 'red', 'open') : `over after ${took(incident)}`;
  line(context, `${incident.id}  ${day(incident.beganAtMs)} UTC  ${heading}`);
  line(context, `${trigger.process}: ${printable(trigger.message)}`);
  const { beganAtMs, detectedAtMs } = incident;
  const unseen = detectedAtMs - beganAtMs < 500 ? '' : `, ${duration(detectedAtMs - beganAtMs)} after the last sign that all worked (${clockTime(beganAtMs)})`;
  line(context, `detected  ${clockTime(detectedAtMs)}${unseen}`);
  line(context, `touched   ${incident.processes.join(', ')}`);
  line(context, `jobs      ${jobs.inHand} in hand, ${jobs.requeued} back in line, ${jobs.setAside} set aside`);
  line(context, `actions   ${incident.restarts} restarts, ${incident.agentsReplaced} agents replaced`);
  line(context);
  for (const step of incident.timeline) {
    const about = step.message.toLowerCase().includes(step.process.toLowerCase()) ? '' : `${step.process}: `;
    line(context, `${paint(context.colour, 'grey', clockTime(step.atMs))}  ${step.kind.padEnd(14)}  ${about}${printable(step.message)}`);
  }
  if (incident.dropped > 0) line(context, `(${incident.dropped} steps left out)`);
  for (const { process, lines, exit, atMs } of incident.evidence) {
    if (lines.length === 0) continue;
    line(context);
    const life = exit?.life === undefined ? '' : ` (start ${exit.life.number}, after ${duration(Math.max(0, exit.atMs - exit.life.startedAtMs))})`;
    const endedMs = exit?.atMs ?? atMs;
    line(context, `last lines of ${process}${endedMs === undefined ? '' : `, ${clockTime(endedMs)}`}${life}`);
    for (const said of lines) line(context, `  ${printable(said)}`);
  }
}
