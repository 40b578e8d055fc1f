import type { SessionView } from '../../contract/state.js';
import { countText } from './numbers.js';
import { printable } from './printable.js';

/** What is known of a session besides its turns, as names and values; only what there is. */
export function sessionFacts({ workspace, about = {} }: Pick<SessionView, 'workspace' | 'about'>): readonly (readonly [name: string, value: string])[] {
  const { title, context, cost, commands = [] } = about;
  const rows: (readonly [string, string] | null)[] = [
    title == null || title === '' ? null : ['About', printable(title)],
    workspace === undefined ? null : ['Files', printable(workspace)],
    context === undefined
      ? null
      : [
          'Context',
          `${countText(context.used)} of ${countText(context.size)} tokens${context.size > 0 ? `, ${Math.round((context.used / context.size) * 100)} %` : ''}`,
        ],
    cost == null ? null : ['Cost', `${cost.amount.toFixed(2)} ${printable(cost.currency)}`],
    commands.length === 0 ? null : ['Commands', commands.map(({ name }) => `/${printable(name)}`).join(' ')],
  ];
  return rows.filter((row) => row !== null);
}
