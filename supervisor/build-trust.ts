import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Approval } from '../contract/approvals.js';
import type { Config } from '../contract/config.js';
import type { Clock } from '../core/base/clock.js';
import type { Log } from '../core/base/log.js';
import type { Secrets } from '../core/base/secrets.js';
import type { ActivityLog } from './activity-log.js';
import { AgentDesk } from './approvals/agent-desk.js';
import { Approvals } from './approvals/approvals.js';
import { AuditLog } from './approvals/audit-log.js';
import { WriteJournal } from './approvals/files/write-journal.js';
import type { Launcher } from './process/types.js';
import { ProviderDesk } from './providers/provider-desk.js';
import { watchProviders } from './providers/watch-providers.js';
import type { StateStore } from './state/state-store.js';

/** Who an agent is to the desk that serves it. */
export interface ServedAgent {
  readonly agentId: string;
  readonly template: string;
  /** Its session's folder: what it may write. */
  readonly cwd: string;
}

const shownDecisions = 20;
/** A decision is over: what it was about in full stays behind the call, not in every picture of the state. */
const short = (approval: Approval): Approval => ({ ...approval, detail: null, command: null });

/** What decides, records and takes back what agents have done for them. */
export interface Trust {
  readonly audit: AuditLog;
  readonly approvals: Approvals;
  readonly journal: WriteJournal;
  readonly providers: ProviderDesk;
  deskFor(launcher: Pick<Launcher, 'launch' | 'forget'>): (agent: ServedAgent) => AgentDesk;
}

export function buildTrust(options: {
  readonly config: Config;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly activity: ActivityLog;
  readonly state: () => StateStore;
  readonly secrets?: Secrets | undefined;
}): Trust {
  const { config, dataDir, clock, log, activity, state, secrets } = options;
  const audit = new AuditLog({ dataDir, clock, log: log.child('audit'), ...(secrets === undefined ? {} : { hide: (text: string) => secrets.hide(text) }) });
  const approvals = new Approvals({ audit, clock, newId: () => `a-${randomBytes(6).toString('hex')}`, patienceMs: () => config.rules.patience });
  const journal = new WriteJournal({ dir: join(dataDir, 'rollback'), clock });
  approvals.onAsked(({ agentId, title, kind }) => {
    const wish = kind === 'command' ? 'wants to run' : 'asks';
    activity.add('warning', 'approval', agentId, `${agentId} ${wish}: ${title.slice(0, 200)}. It waits for a person.`);
  });
  approvals.onChange(() => state().set('approvals', { pending: [...approvals.pending], recent: approvals.recent.slice(0, shownDecisions).map(short) }));
  const providers = new ProviderDesk({ file: join(dataDir, 'providers.json'), clock, log: log.child('providers'), providers: () => config.providers });
  watchProviders(providers, { activity, state, clock });
  journal.prune().catch((error: unknown) => log.warn('old copies of written files stay', { error }));
  return {
    audit,
    approvals,
    journal,
    providers,
    deskFor: (launcher) => (agent) =>
      new AgentDesk(
        {
          audit,
          approvals,
          journal,
          launcher,
          clock,
          dataDir,
          providers,
          commandDeadlineMs: () => config.rules.commandDeadline,
          rules: (template) => {
            const own = config.templates[template]?.rules;
            return { allow: [...config.rules.allow, ...(own?.allow ?? [])], block: [...config.rules.block, ...(own?.block ?? [])] };
          },
        },
        agent,
      ),
  };
}
