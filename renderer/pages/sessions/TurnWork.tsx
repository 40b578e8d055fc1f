import { CheckCircle2, Circle, CircleDot } from 'lucide-react';
import type { TurnWork as Work } from '../../../contract/turn-work.js';
import { printable } from '../../format/printable.js';
import type { Tone } from '../../format/tones.js';
import { Badge } from '../../ui/Badge.js';
import '../approvals/approvals.css';

const planIcons = { completed: CheckCircle2, in_progress: CircleDot } as const;
const toolTones: Readonly<Record<string, Tone>> = { completed: 'good', failed: 'bad', in_progress: 'busy', pending: 'idle' };

/** What an agent shows of its work: its plan and its tool calls with what they changed. */
export function TurnWork({ work }: { readonly work: Work }) {
  if (work.plan.length === 0 && work.tools.length === 0) return null;
  return (
    <div className="work">
      {work.plan.length === 0 ? null : (
        <ol className="work-plan" aria-label="Plan">
          {work.plan.map(({ content, status }, index) => {
            const Icon = planIcons[status as keyof typeof planIcons] ?? Circle;
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: a plan comes whole each time
              <li key={index} data-status={status}>
                <Icon size={13} aria-label={status.replaceAll('_', ' ')} />
                <span>{printable(content)}</span>
              </li>
            );
          })}
        </ol>
      )}
      {work.tools.map((tool) => (
        <details key={tool.id} className="work-tool">
          <summary>
            <Badge tone={toolTones[tool.status] ?? 'idle'}>{tool.status.replaceAll('_', ' ')}</Badge>
            <span className="work-tool-title">{printable(tool.title)}</span>
          </summary>
          {tool.places.map((place) => (
            <p key={place} className="work-place">
              {printable(place)}
            </p>
          ))}
          {tool.text === null ? null : <pre className="work-diff">{printable(tool.text)}</pre>}
          {tool.diffs.map((diff, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the changes of one call come whole
            <pre key={index} className="work-diff">
              {printable(diff.path)}
              {'\n'}
              {diff.oldText === null ? null : <span className="work-out">{marked('-', diff.oldText)}</span>}
              <span className="work-in">{marked('+', diff.newText)}</span>
            </pre>
          ))}
        </details>
      ))}
      {work.more > 0 ? <p className="work-place">and {work.more} more tool calls</p> : null}
    </div>
  );
}

const marked = (sign: string, text: string): string =>
  printable(text)
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => `${sign} ${line}\n`)
    .join('');
