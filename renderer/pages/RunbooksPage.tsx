import { BookOpen } from 'lucide-react';
import { hrefTo } from '../client/route.js';
import { allRunbooks } from '../client/runbooks.js';
import { Card } from '../ui/Card.js';
import { EmptyState } from '../ui/EmptyState.js';
import { RichText } from '../ui/RichText.js';
import './runbooks/runbooks.css';

/** What to do about each thing that health can tell; reasons and incidents lead here. */
export function RunbooksPage({ open }: { readonly open: string | null }) {
  const shown = open === null ? allRunbooks[0] : allRunbooks.find(({ name }) => name === open);
  return (
    <>
      <div className="page-head">
        <h1>Runbooks</h1>
        <p>what it means, where to look, what to do</p>
      </div>
      <div className="runbooks-split">
        <nav className="runbook-list" aria-label="Runbooks">
          <ul>
            {allRunbooks.map(({ name, title }) => (
              <li key={name}>
                <a href={hrefTo('runbooks', name)} aria-current={name === shown?.name ? 'true' : undefined}>
                  {title}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        {shown === undefined ? (
          <EmptyState icon={<BookOpen size={20} />} title="There is no such runbook">
            Choose one from the list. The command line shows the same ones: <code>roost runbook NAME</code>.
          </EmptyState>
        ) : (
          <Card title={shown.title} hint={<code>{shown.name}</code>} className="runbook">
            <RichText text={shown.body} />
            {shown.also.length === 0 ? null : (
              <p className="runbook-also">
                See also:
                {shown.also.map((name) => (
                  <a key={name} className="text-link" href={hrefTo('runbooks', name)}>
                    {allRunbooks.find((one) => one.name === name)?.title ?? name}
                  </a>
                ))}
              </p>
            )}
          </Card>
        )}
      </div>
    </>
  );
}
