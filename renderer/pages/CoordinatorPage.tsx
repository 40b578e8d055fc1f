import { Waypoints } from 'lucide-react';
import { useState } from 'react';
import type { CoordinatorView } from '../../contract/state.js';
import { ArmRewardsChart } from '../charts/ArmRewardsChart.js';
import { armRewardsSeries } from '../charts/armRewardsSeries.js';
import { useSlice } from '../client/roost.js';
import { goTo, useRoute } from '../client/route.js';
import { Card } from '../ui/Card.js';
import { EmptyState } from '../ui/EmptyState.js';
import { Tabs } from '../ui/Tabs.js';
import { ArmsCard } from './coordinator/ArmsCard.js';
import { DecisionDrawer } from './coordinator/DecisionDrawer.js';
import { DecisionsPanel } from './coordinator/DecisionsPanel.js';
import { IntentsPanel } from './coordinator/IntentsPanel.js';
import { KindsCard } from './coordinator/KindsCard.js';
import { PhaseCard } from './coordinator/PhaseCard.js';
import { PolicyCard } from './coordinator/PolicyCard.js';
import { TrendsPanel } from './coordinator/TrendsPanel.js';
import { VerdictsPanel } from './coordinator/VerdictsPanel.js';
import { WhatifPanel } from './coordinator/WhatifPanel.js';
import './coordinator/coordinator.css';

export function CoordinatorPage() {
  const coordinator = useSlice('coordinator');
  return (
    <>
      <div className="page-head">
        <h1>Coordinator</h1>
        <p>Picks the arm that serves each turn, and learns from rewards</p>
      </div>
      {coordinator === null ? (
        <EmptyState icon={<Waypoints size={20} />} title="Not available yet">
          What the coordinator has learned is kept in Redis. It is shown here as soon as Redis answers.
        </EmptyState>
      ) : (
        <Panels coordinator={coordinator} />
      )}
    </>
  );
}

const views = [
  { key: 'trends', label: 'Over time' },
  { key: 'verdicts', label: 'Verdicts' },
  { key: 'whatif', label: 'What if' },
  { key: 'intents', label: 'By intent' },
  { key: 'decisions', label: 'Decisions' },
] as const;
type View = (typeof views)[number]['key'];

function Panels({ coordinator }: { readonly coordinator: CoordinatorView }) {
  const { item } = useRoute();
  const [view, setView] = useState<View>('trends');
  return (
    <div className="coordinator">
      <PhaseCard coordinator={coordinator} />
      <Card title="Estimated reward" hint="bar: estimate, whisker: 95 % credible interval" className="span-7">
        <ArmRewardsChart rows={armRewardsSeries(coordinator.arms.filter((arm) => !arm.retired))} />
        <div className="kinds-inside">
          <KindsCard coordinator={coordinator} />
        </div>
      </Card>
      <PolicyCard coordinator={coordinator} />
      <ArmsCard coordinator={coordinator} />
      <section className="span-12 coordinator-views" aria-label="What was learned">
        <Tabs label="What was learned" tabs={views} value={view} onChange={setView} panelId="coordinator-view" />
        <div id="coordinator-view" role="tabpanel" aria-label={views.find((one) => one.key === view)?.label}>
          {view === 'trends' ? <TrendsPanel /> : null}
          {view === 'verdicts' ? <VerdictsPanel coordinator={coordinator} /> : null}
          {view === 'whatif' ? <WhatifPanel coordinator={coordinator} /> : null}
          {view === 'intents' ? <IntentsPanel /> : null}
          {view === 'decisions' ? <DecisionsPanel /> : null}
        </div>
      </section>
      {item === null ? null : <DecisionDrawer turnId={item} onClose={() => goTo('coordinator')} />}
    </div>
  );
}
