import { useSlice } from '../../client/roost.js';
import { useNow } from '../../client/use-now.js';
import { costText, providerTones, providerWords, tokensText } from '../../format/approval.js';
import { plural } from '../../format/numbers.js';
import { printable } from '../../format/printable.js';
import { ageText, durationText } from '../../format/time.js';
import { Badge } from '../../ui/Badge.js';
import { Card } from '../../ui/Card.js';
import '../approvals/approvals.css';

/** Model providers in their order: whether each may be asked, and what it was used for today. */
export function ProvidersCard() {
  const providers = useSlice('providers');
  const nowMs = useNow();
  const cost = providers.reduce((sum, { today }) => sum + (today.cost ?? 0), 0);
  return (
    <Card title="Model providers" hint={cost > 0 ? `${costText(cost)} today` : undefined}>
      {providers.length === 0 ? (
        <p className="setting-text">
          None is configured: the built-in responder answers. Name some under providers in roost.yaml; they are asked in that order.
        </p>
      ) : (
        <ul className="providers">
          {providers.map(({ today, ...one }) => (
            <li key={one.name}>
              <p className="providers-name">
                {one.name} <span className="setting-text">{printable(one.model)}</span>
              </p>
              <Badge tone={providerTones[one.state]}>
                {providerWords[one.state]}
                {one.untilMs === null ? '' : ` for ${ageText(one.untilMs - nowMs)}`}
              </Badge>
              <p className="providers-use">
                {[
                  `${plural(today.requests, 'request')} today`,
                  ...(today.failures > 0 ? [`${today.failures} failed`] : []),
                  ...(today.limited > 0 ? [`${today.limited} refused for their rate`] : []),
                  `${tokensText(today.inputTokens)} tokens in, ${tokensText(today.outputTokens)} out${today.estimated ? ' (reckoned)' : ''}`,
                  ...(today.cost === null ? [] : [costText(today.cost)]),
                  ...(one.rateLeft === null ? [] : [`${one.rateLeft} of ${one.ratePerMinute} left this minute`]),
                  ...(one.lastMs === null ? [] : [`last took ${durationText(one.lastMs)}`]),
                ].join(' · ')}
              </p>
              {one.problem === null ? null : <p className="providers-use">Last trouble: it {printable(one.problem)}.</p>}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
