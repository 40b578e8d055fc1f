import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CoordinatorView } from '../../contract/coordinator-views.js';
import { policyNames } from '../../contract/coordinator-views.js';
import { methods } from '../../contract/methods.js';
import { type Parsed, parse, text } from '../args.js';
import { type Command, type Context, Ending, exitCodes, json, line } from '../context.js';
import { paint, printable, table } from '../format.js';
import { connectHost, type Host } from '../host.js';
import { showDecision, showTrends, showVerdicts, showWhatif } from './arms-text.js';

const usage: readonly string[] = [
  'roost arms [list] | verdicts | intents | trends | decisions [-n N] | decision TURN',
  'roost arms set [ARM] [--weight W] [--prior P] [--alpha A] [--policy P] [--half-life N|never]',
  'roost arms freeze ARM | unfreeze ARM | reset ARM|--all | add ARM [--prior P] [--weight W] | retire ARM | undo | revert',
  'roost arms whatif [--policy P] [--alpha A] [-n N] [--intent I] | export | import FILE | verify',
];
const misuse = (): Ending => new Ending(exitCodes.usage, `usage: ${usage.join(' | ')}`);

const options = {
  weight: { type: 'string' },
  prior: { type: 'string' },
  alpha: { type: 'string' },
  policy: { type: 'string' },
  'half-life': { type: 'string' },
  intent: { type: 'string' },
  all: { type: 'boolean' },
  lines: { type: 'string', short: 'n' },
} as const;

/** A decimal number within bounds; undefined when the option was not given. */
function decimal(parsed: Parsed, name: string, least: number, most: number): number | undefined {
  const value = text(parsed, name);
  if (value === undefined) return undefined;
  const number = /^\d{1,7}(\.\d{1,9})?$/.test(value) ? Number(value) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new Ending(exitCodes.usage, `--${name} must be a number from ${least} to ${most}, got ${JSON.stringify(value.slice(0, 40))}`);
}

function policyOf(parsed: Parsed): (typeof policyNames)[number] | undefined {
  const value = text(parsed, 'policy');
  if (value === undefined) return undefined;
  const known = policyNames.find((name) => name === value);
  if (known === undefined) throw new Ending(exitCodes.usage, `--policy must be one of ${policyNames.join(', ')}, got ${JSON.stringify(value.slice(0, 40))}`);
  return known;
}

const given = <T extends object>(from: T): Partial<T> => Object.fromEntries(Object.entries(from).filter(([, value]) => value !== undefined)) as Partial<T>;

export const arms: Command = {
  name: 'arms',
  usage,
  summary: 'the arms of the coordinator; what they earned, which is worse, what another policy would have earned',
  async run(context, args) {
    const parsed = parse(args, usage.join(' | '), options, { least: 0, most: 2 });
    const [verb = 'list', name] = parsed.words;
    const act = acts[verb];
    if (act === undefined) throw misuse();
    return act(context, parsed, name);
  },
};

/** One request carries this much; the buckets are what grows, and without them everything counts as old. */
const mostBytes = 240 * 1024;

async function stateIn(context: Context, path: string): Promise<Record<string, unknown>> {
  let state: unknown;
  try {
    state = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new Ending(exitCodes.usage, `${path} is not a state that was exported: ${(error as Error).message}`);
  }
  if (state === null || typeof state !== 'object' || Array.isArray(state)) throw new Ending(exitCodes.usage, `${path} is not a state that was exported`);
  if (JSON.stringify(state).length <= mostBytes) return { ...state };
  context.err('roost: the state is too large for one request: its buckets are left out, so that all of it counts as old');
  return { ...state, buckets: {} };
}

type Act = (context: Context, parsed: Parsed, name: string | undefined) => Promise<number>;

const utc = (atMs: number): string => new Date(atMs).toISOString().slice(0, 19).replace('T', ' ');
const asJson = (parsed: Parsed): boolean => parsed.values['json'] === true;

/** Asks for something and shows it; takes no name. */
function looking<T>(path: (parsed: Parsed) => string, schema: { parse(value: unknown): T }, show: (context: Context, value: T) => void, waitMs = 0): Act {
  return async (context, parsed, name) => {
    if (name !== undefined) throw misuse();
    const host = await connectHost(context, parsed);
    const answer = schema.parse(await host.get(path(parsed), waitMs));
    if (asJson(parsed)) json(context, answer);
    else show(context, answer);
    return exitCodes.done;
  };
}

/** Changes something and tells what counts now. */
function changing(
  ask: (host: Host, parsed: Parsed, name: string | undefined) => Promise<unknown>,
  told: (name: string | undefined, answer: { undone?: string }) => string,
): Act {
  return async (context, parsed, name) => {
    const host = await connectHost(context, parsed);
    const answer = (await ask(host, parsed, name)) as { undone?: string; coordinator: unknown };
    if (asJson(parsed)) json(context, answer);
    else line(context, told(name, answer));
    return exitCodes.done;
  };
}

const onArm = (act: 'freeze' | 'unfreeze' | 'retire', told: (name: string) => string): Act =>
  changing(
    (host, _parsed, name) => host.post(`/api/coordinator/arms/${encodeURIComponent(needed(name))}/${act}`),
    (name) => told(name ?? ''),
  );

function needed(name: string | undefined): string {
  if (name === undefined) throw misuse();
  return name;
}

function showArms(context: Context, view: CoordinatorView): void {
  line(
    context,
    `${view.policy}, alpha ${view.alpha}; ${view.phase.replaceAll('_', ' ')}, ${view.settled} settled of ${view.warmupPulls} to warm up; exploration ${(100 * view.explorationShare).toFixed(1)} %`,
  );
  for (const row of table(
    ['ARM', 'MEAN', '95 %', 'PULLS', 'REWARDS', 'SHARE', 'WEIGHT', 'LAST REWARD (UTC)', 'VERDICT'],
    view.arms.map((arm) => [
      arm.arm,
      arm.mean.toFixed(3),
      `${arm.low.toFixed(2)}..${arm.high.toFixed(2)}`,
      arm.pulls,
      arm.settled,
      `${(100 * arm.share).toFixed(1)} %`,
      arm.weight,
      arm.lastRewardAt === null ? 'never' : utc(arm.lastRewardAt),
      arm.retired ? 'retired' : arm.frozen ? 'frozen' : (arm.verdict?.state ?? '-'),
    ]),
  ))
    line(context, row);
  for (const { path, file, now } of view.changes)
    line(context, paint(context.colour, 'yellow', `changed from the file: ${path} is ${now}, the file says ${file}`));
  for (const warning of view.warnings) line(context, paint(context.colour, 'yellow', printable(warning)));
}

const query = (values: Readonly<Record<string, string | number | undefined>>): string => {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) if (value !== undefined) search.set(key, String(value));
  return search.size === 0 ? '' : `?${search}`;
};

const acts: Readonly<Record<string, Act>> = {
  list: looking(() => '/api/coordinator', methods['coordinator.get'].result, showArms),
  verdicts: looking(() => '/api/coordinator/verdicts', methods['coordinator.verdicts'].result, showVerdicts),
  trends: looking(() => '/api/coordinator/trends', methods['coordinator.trends'].result, showTrends, 15_000),
  intents: looking(
    () => '/api/coordinator/intents',
    methods['coordinator.intents'].result,
    (context, { intents }) => {
      if (intents.length === 0) line(context, 'no turn had an intent yet');
      for (const row of table(
        ['INTENT', 'ARM', 'REWARDS', 'MEAN', '95 %', 'SHARE'],
        intents.flatMap((one) =>
          one.arms.map((arm) => [
            one.intent,
            arm.arm,
            arm.settled,
            arm.mean.toFixed(3),
            `${arm.low.toFixed(2)}..${arm.high.toFixed(2)}`,
            `${(100 * arm.share).toFixed(1)} %`,
          ]),
        ),
      ))
        line(context, row);
    },
  ),
  decisions: looking(
    (parsed) => `/api/coordinator/decisions${query({ limit: decimal(parsed, 'lines', 1, 500) ?? 20, intent: text(parsed, 'intent') })}`,
    methods['coordinator.decisions'].result,
    (context, { decisions }) => {
      for (const row of table(
        ['TURN', 'TIME (UTC)', 'INTENT', 'ARM', 'KIND', 'PROBABILITY', 'REWARD'],
        decisions.map((one) => [
          one.turnId,
          utc(one.atMs),
          one.intent ?? '-',
          one.arm,
          one.kind,
          one.propensity.toFixed(3),
          one.reward === null ? '-' : one.reward.toFixed(2),
        ]),
      ))
        line(context, row);
    },
    15_000,
  ),
  async decision(context, parsed, name) {
    const host = await connectHost(context, parsed);
    const { decision } = methods['coordinator.decision'].result.parse(await host.get(`/api/coordinator/decisions/${encodeURIComponent(needed(name))}`, 15_000));
    if (asJson(parsed)) json(context, decision);
    else showDecision(context, decision);
    return exitCodes.done;
  },
  set: changing(
    (host, parsed, name) => {
      const halfLife = text(parsed, 'half-life');
      const arm = given({ weight: decimal(parsed, 'weight', 0, 100), prior: decimal(parsed, 'prior', 0, 1) });
      if (name === undefined && Object.keys(arm).length > 0) throw new Ending(exitCodes.usage, `--weight and --prior need an arm; usage: ${usage[1]}`);
      const patch = {
        ...given({ policy: policyOf(parsed), alpha: decimal(parsed, 'alpha', 0, 10) }),
        ...(halfLife === undefined ? {} : { halfLife: halfLife === 'never' ? null : decimal(parsed, 'half-life', 10, 1_000_000) }),
        ...(name === undefined ? {} : { arms: { [name]: arm } }),
      };
      return host.patch('/api/coordinator', patch);
    },
    () => 'changed; undo takes it back, revert goes back to the file',
  ),
  freeze: onArm('freeze', (name) => `${name} is no longer chosen`),
  unfreeze: onArm('unfreeze', (name) => `${name} may be chosen again`),
  retire: onArm('retire', (name) => `${name} is retired; its history is kept`),
  reset: changing(
    (host, parsed, name) => {
      if (parsed.values['all'] === true) return host.post('/api/coordinator/reset');
      return host.post(`/api/coordinator/arms/${encodeURIComponent(needed(name))}/reset`);
    },
    (name) => `${name ?? 'everything'} begins anew; roost arms undo takes it back`,
  ),
  add: changing(
    (host, parsed, name) =>
      host.post('/api/coordinator/arms', { arm: needed(name), ...given({ prior: decimal(parsed, 'prior', 0, 1), weight: decimal(parsed, 'weight', 0, 100) }) }),
    (name) => `${name} is an arm now`,
  ),
  undo: changing(
    (host) => host.post('/api/coordinator/undo'),
    (_name, { undone = '' }) => `taken back: ${printable(undone)}`,
  ),
  revert: changing(
    (host) => host.post('/api/coordinator/revert'),
    () => 'the file alone counts again',
  ),
  async whatif(context, parsed, name) {
    if (name !== undefined) throw misuse();
    const host = await connectHost(context, parsed);
    const question = given({
      policy: policyOf(parsed),
      alpha: decimal(parsed, 'alpha', 0, 10),
      last: decimal(parsed, 'lines', 1, 20_000),
      intent: text(parsed, 'intent'),
    });
    const answer = methods['coordinator.whatif'].result.parse(await host.post('/api/coordinator/whatif', question, 60_000));
    if (asJson(parsed)) json(context, answer);
    else showWhatif(context, answer);
    return exitCodes.done;
  },
  async export(context, parsed) {
    const host = await connectHost(context, parsed);
    const { state } = methods['coordinator.export'].result.parse(await host.get('/api/coordinator/state'));
    json(context, state);
    return exitCodes.done;
  },
  async import(context, parsed, name) {
    const host = await connectHost(context, parsed);
    const state = await stateIn(context, resolve(context.cwd, needed(name)));
    const answer = methods['coordinator.import'].result.parse(await host.put('/api/coordinator/state', { state }));
    if (asJson(parsed)) json(context, answer);
    else line(context, `imported: ${answer.coordinator.settled} settled rewards`);
    return exitCodes.done;
  },
  async verify(context, parsed) {
    const host = await connectHost(context, parsed);
    const answer = methods['coordinator.verify'].result.parse(await host.get('/api/coordinator/verify', 20_000));
    if (asJson(parsed)) json(context, answer);
    else if (answer.identical) line(context, `${answer.entries} entries of the log add up to the state, to the last digit`);
    else for (const one of answer.differences) line(context, paint(context.colour, 'red', printable(one)));
    return answer.identical ? exitCodes.done : exitCodes.failed;
  },
};
