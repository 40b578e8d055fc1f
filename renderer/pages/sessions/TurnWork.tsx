import type { TurnView } from '../../../contract/state.js';
import { plural } from '../../format/numbers.js';
import { printable } from '../../format/printable.js';
import type { Tone } from '../../format/tones.js';
import { StatusIcon } from '../../ui/StatusIcon.js';

type Work = NonNullable<TurnView['work']>;

const tones: Readonly<Record<string, Tone>> = { completed: 'good', failed: 'bad', in_progress: 'busy', pending: 'idle' };
const shownPlaces = 4;

/** What the agent did on the way to its answer: its plan and its tool calls. Open while it works. */
export function TurnWork({ work, open }: { readonly work: Work; readonly open: boolean }) {
  const calls = work.tools.length + work.more;
  if (calls === 0 && work.plan.length === 0) return null;
  const failed = work.tools.filter(({ status }) => status === 'failed').length;
  const running = work.tools.filter(({ status }) => status === 'in_progress' || status === 'pending').length;
  const parts = [
    work.plan.length === 0 ? '' : `plan of ${plural(work.plan.length, 'step')}`,
    calls === 0 ? '' : plural(calls, 'tool call'),
    running > 0 && open ? `${running} under way` : '',
    failed > 0 ? `${failed} failed` : '',
  ].filter((part) => part !== '');
  return (
    <details className="turn-work" open={open}>
      <summary>{parts.join(', ')}</summary>
      {work.plan.length === 0 ? null : (
        <ul className="turn-plan">
          {work.plan.map((entry, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a plan is replaced whole, its entries have no names
            <li key={at} data-status={entry.status}>
              <StatusIcon tone={tones[entry.status] ?? 'idle'} size={13} />
              <span>{printable(entry.content)}</span>
            </li>
          ))}
        </ul>
      )}
      <ul>
        {work.tools.map((tool) => (
          <li key={tool.id}>
            <StatusIcon tone={tones[tool.status] ?? 'idle'} size={13} />
            <div>
              {printable(tool.title)}
              {tool.places.length === 0 ? null : (
                <>
                  {' '}
                  <code>{printable(tool.places.slice(0, shownPlaces).join(', '))}</code>
                </>
              )}
              {tool.text === null || tool.text === '' ? null : <pre>{printable(tool.text)}</pre>}
              {tool.diffs.map((diff) => (
                <pre key={diff.path} title={diff.path}>
                  {printable(diff.path)}
                  {'\n'}
                  {diff.oldText === null ? null : <del>{marked('-', diff.oldText)}</del>}
                  <ins>{marked('+', diff.newText)}</ins>
                </pre>
              ))}
            </div>
            {tool.kind === null ? null : <span className="tool-kind">{tool.kind}</span>}
          </li>
        ))}
        {work.more === 0 ? null : <li>{plural(work.more, 'more call')} not kept</li>}
      </ul>
    </details>
  );
}

const marked = (sign: string, text: string): string =>
  printable(text)
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => `${sign} ${line}\n`)
    .join('');
