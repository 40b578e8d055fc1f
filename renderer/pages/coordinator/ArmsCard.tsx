import { Plus, RotateCcw, Scale, Snowflake, Sun, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { ArmView, CoordinatorView } from '../../../contract/coordinator-views.js';
import { useIsLive } from '../../client/roost.js';
import { useAct } from '../../client/use-act.js';
import { useNow } from '../../client/use-now.js';
import { countText, rewardText, shareText } from '../../format/numbers.js';
import { agoText } from '../../format/time.js';
import { verdictTone, verdictWord } from '../../format/verdicts.js';
import { Badge } from '../../ui/Badge.js';
import { Button } from '../../ui/Button.js';
import { Card } from '../../ui/Card.js';
import { ConfirmDialog } from '../../ui/ConfirmDialog.js';
import { Menu } from '../../ui/Menu.js';
import { AddArmDialog, WeightDialog } from './ArmDialogs.js';
import { KindsBar } from './KindsCard.js';

type Asking = { readonly kind: 'reset' | 'retire' | 'weight'; readonly arm: ArmView } | { readonly kind: 'add' } | null;

/** Every arm with what it earned and what may be done about it. */
export function ArmsCard({ coordinator }: { readonly coordinator: CoordinatorView }) {
  const nowMs = useNow();
  const live = useIsLive();
  const { run } = useAct();
  const [asking, setAsking] = useState<Asking>(null);
  const arms = [...coordinator.arms].sort(
    (left, right) => Number(left.retired) - Number(right.retired) || right.mean - left.mean || left.arm.localeCompare(right.arm),
  );
  const learned = coordinator.phase === 'learned';
  const close = (): void => setAsking(null);
  const menuOf = (arm: ArmView) => [
    arm.frozen
      ? {
          label: 'Unfreeze',
          icon: <Sun size={15} />,
          enabled: live,
          onPick: () => void run('coordinator.unfreeze', { arm: arm.arm }, 'The arm was not unfrozen'),
        }
      : {
          label: 'Freeze',
          icon: <Snowflake size={15} />,
          enabled: live && !arm.retired,
          onPick: () => void run('coordinator.freeze', { arm: arm.arm }, 'The arm was not frozen'),
        },
    { label: 'Weight and prior…', icon: <Scale size={15} />, enabled: live, onPick: () => setAsking({ kind: 'weight', arm }) },
    { label: 'Reset…', icon: <RotateCcw size={15} />, enabled: live, danger: true, onPick: () => setAsking({ kind: 'reset', arm }) },
    arm.retired
      ? {
          label: 'Take back',
          icon: <Plus size={15} />,
          enabled: live,
          onPick: () => void run('coordinator.add', { arm: arm.arm }, 'The arm was not taken back'),
        }
      : { label: 'Retire…', icon: <Trash2 size={15} />, enabled: live, danger: true, onPick: () => setAsking({ kind: 'retire', arm }) },
  ];
  return (
    <Card
      title="Arms"
      className="span-12"
      flush
      actions={
        <Button size="small" icon={<Plus size={14} aria-hidden="true" />} disabled={!live} onClick={() => setAsking({ kind: 'add' })}>
          Add arm
        </Button>
      }
    >
      <div className="table-scroll">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Arm</th>
              <th scope="col" className="num">
                Estimate
              </th>
              <th scope="col" className="num">
                95 % interval
              </th>
              <th scope="col" className="num">
                Turns
              </th>
              <th scope="col" className="wide">
                By kind
              </th>
              <th scope="col" className="num">
                Rewards
              </th>
              <th scope="col">Share of next turns</th>
              <th scope="col" className="num wide">
                Prior
              </th>
              <th scope="col" className="num">
                Weight
              </th>
              <th scope="col" className="num">
                Rewarded
              </th>
              <th scope="col">
                <span className="visually-hidden">Acts</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {arms.map((arm) => (
              <tr key={arm.arm} className={arm.retired ? 'row arm-retired' : 'row'}>
                <th scope="row">
                  <span className="arm-name arm-stack">
                    <span className="arm-label" title={arm.arm}>
                      {arm.arm}
                    </span>
                    <Standing arm={arm} />
                    {learned && !arm.retired && arm.ownWarmup < 1 ? <small>Own warm-up: {shareText(arm.ownWarmup)}</small> : null}
                  </span>
                </th>
                <td className="num strong">{rewardText(arm.mean)}</td>
                <td className="num">
                  {rewardText(arm.low)} – {rewardText(arm.high)}
                </td>
                <td className="num">{countText(arm.pulls)}</td>
                <td className="wide">
                  <KindsBar kinds={arm.kinds} small />
                </td>
                <td className="num">{countText(arm.settled)}</td>
                <td>
                  <span className="share">
                    <span className="share-track">
                      <i style={{ width: `${Math.min(1, Math.max(0, arm.share)) * 100}%` }} />
                    </span>
                    <span className="share-text">{shareText(arm.share)}</span>
                  </span>
                </td>
                <td className="num wide" title={`The prior still counts for ${shareText(arm.priorWeight)} of the estimate`}>
                  {rewardText(arm.prior)}
                  <small> · {shareText(arm.priorWeight)}</small>
                </td>
                <td className="num">{arm.weight}</td>
                <td className="num">{arm.lastRewardAt === null ? 'never' : agoText(nowMs - arm.lastRewardAt)}</td>
                <td className="num">
                  <Menu label={`Acts on ${arm.arm}`} items={menuOf(arm)} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {asking?.kind === 'add' ? <AddArmDialog onClose={close} /> : null}
      {asking?.kind === 'weight' ? <WeightDialog arm={asking.arm} onClose={close} /> : null}
      {asking?.kind === 'reset' ? (
        <ConfirmDialog
          title={`Reset ${asking.arm.arm}?`}
          text={`Its ${countText(asking.arm.settled)} rewards no longer count and it begins with its prior. They are kept aside: Undo brings them back.`}
          confirm="Reset"
          keep="Keep its rewards"
          onConfirm={() => void run('coordinator.reset', { arm: asking.arm.arm }, 'The arm was not reset')}
          onClose={close}
        />
      ) : null}
      {asking?.kind === 'retire' ? (
        <ConfirmDialog
          title={`Retire ${asking.arm.arm}?`}
          text="It is never chosen again. Its history is kept, and it can be taken back."
          confirm="Retire"
          keep="Keep it"
          onConfirm={() => void run('coordinator.retire', { arm: asking.arm.arm }, 'The arm was not retired')}
          onClose={close}
        />
      ) : null}
    </Card>
  );
}

function Standing({ arm }: { readonly arm: ArmView }) {
  if (arm.retired) return <Badge tone="idle">Retired</Badge>;
  if (arm.frozen) return <Badge tone="idle">Frozen</Badge>;
  if (arm.verdict === null) return null;
  return (
    <span title={arm.verdict.text}>
      <Badge tone={verdictTone(arm.verdict.state)}>{verdictWord(arm.verdict)}</Badge>
    </span>
  );
}
