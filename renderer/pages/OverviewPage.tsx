import { Activity, ChartArea, Waypoints } from 'lucide-react';
import { useMemo } from 'react';
import type { CoordinatorView } from '../../contract/state.js';
import { ArmRewardsChart } from '../charts/ArmRewardsChart.js';
import { armRewardsSeries } from '../charts/armRewardsSeries.js';
import { chartWindowMs } from '../charts/buckets.js';
import { QueueDepthChart } from '../charts/QueueDepthChart.js';
import { queueDepthSeries } from '../charts/queueDepthSeries.js';
import { TurnRateChart } from '../charts/TurnRateChart.js';
import { turnRateSeries } from '../charts/turnRateSeries.js';
import { useScreen, useSlice } from '../client/roost.js';
import { hrefTo } from '../client/route.js';
import { tookText } from '../format/incident.js';
import { plural, shareText } from '../format/numbers.js';
import { phaseText } from '../format/wording.js';
import { Card } from '../ui/Card.js';
import { EmptyState } from '../ui/EmptyState.js';
import { ActivityFeed } from './overview/ActivityFeed.js';
import { HealthHero } from './overview/HealthHero.js';
import { PoolCard } from './overview/PoolCard.js';
import { StatStrip } from './overview/StatStrip.js';

const depthSteps = 120;
const rateSteps = 60;

export function OverviewPage() {
  const samples = useScreen((screen) => screen.samples);
  const coordinator = useSlice('coordinator');
  const activity = useSlice('activity');
  // The newest sample is "now": the host's clock counts, and while the connection is lost the charts stand still.
  const nowMs = samples.at(-1)?.atMs ?? 0;
  const windowMs = chartWindowMs(samples);
  const minutes = `last ${windowMs / 60_000} min`;
  const depth = useMemo(() => queueDepthSeries(samples, nowMs, windowMs, windowMs / depthSteps), [samples, nowMs, windowMs]);
  const rate = useMemo(() => turnRateSeries(samples, nowMs, windowMs, windowMs / rateSteps), [samples, nowMs, windowMs]);
  const arms = useMemo(() => armRewardsSeries(coordinator?.arms ?? []), [coordinator]);
  return (
    <div className="overview">
      <h1 className="visually-hidden">Overview</h1>
      <HealthHero />
      <StatStrip />
      <PoolCard />
      <Card title="Queue depth" hint={`waiting and in work, ${minutes}`} className="span-7">
        {depth.queues.length === 0 ? (
          <EmptyState icon={<ChartArea size={20} />} title="Nothing measured yet">
            The first points appear once Redis is up.
          </EmptyState>
        ) : (
          <QueueDepthChart series={depth} />
        )}
      </Card>
      <Card
        title="Arm rewards"
        hint={coordinator === null ? undefined : `${phaseText(coordinator.phase)} · ${plural(coordinator.settled, 'reward')}`}
        className="span-5"
        actions={
          <a className="text-link" href={hrefTo('coordinator')}>
            Coordinator
          </a>
        }
      >
        {arms.length === 0 ? (
          <EmptyState icon={<Waypoints size={20} />} title="No arms yet">
            The coordinator shows its estimates as soon as Redis answers.
          </EmptyState>
        ) : (
          <>
            <ArmRewardsChart rows={arms} />
            {coordinator === null ? null : <LearningNote coordinator={coordinator} />}
          </>
        )}
      </Card>
      <Card title="Turns" hint={`per second, and median time, ${minutes}`} className="span-7">
        {samples.length === 0 ? (
          <EmptyState icon={<Activity size={20} />} title="Nothing measured yet">
            Turns appear here as soon as the first one ends.
          </EmptyState>
        ) : (
          <TurnRateChart points={rate} />
        )}
      </Card>
      <Card title="Activity" hint="what happened, and what Roost did" className="span-12" actions={<NewestIncident />} flush>
        {activity.length === 0 ? (
          <EmptyState icon={<Activity size={20} />} title="All quiet">
            Starts, ends and repairs of processes will be listed here.
          </EmptyState>
        ) : (
          <ActivityFeed items={activity} />
        )}
      </Card>
    </div>
  );
}

function NewestIncident() {
  const [newest] = useSlice('incidents');
  if (newest === undefined) return null;
  return (
    <a className="text-link" href={hrefTo('incidents', newest.id)}>
      Newest incident: {newest.trigger.process}, {tookText(newest)}
    </a>
  );
}

function LearningNote({ coordinator }: { readonly coordinator: CoordinatorView }) {
  return (
    <div className="learning">
      <progress value={coordinator.progress} max={1} aria-label={`Warm-up ${shareText(coordinator.progress)}`} />
      <p>
        <span>{coordinator.phase === 'learned' ? 'Warm-up complete' : `Warm-up ${shareText(coordinator.progress)}`}</span>
        <span>exploring {shareText(coordinator.explorationShare)}</span>
        <span>{plural(coordinator.pendingRewards, 'reward')} on the way</span>
      </p>
    </div>
  );
}
