import { parse } from '../args.js';
import type { Command } from '../context.js';
import { changes } from './arms-changes.js';
import { looks } from './arms-looks.js';
import { misuse, options, usage } from './arms-words.js';

const acts = { ...looks, ...changes };

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
