import { CirclePause, OctagonPause, OctagonX } from 'lucide-react';
import { useState } from 'react';
import type { HoldLevel } from '../../../contract/state.js';
import { useIsLive, useSlice } from '../../client/roost.js';
import { useAct } from '../../client/use-act.js';
import { holdTexts } from '../../format/hold.js';
import { ConfirmDialog } from '../ConfirmDialog.js';
import { Menu } from '../Menu.js';

const icons = { hold: CirclePause, interrupt: OctagonPause, kill: OctagonX } as const;
const levels = ['hold', 'interrupt', 'kill'] as const;

/** The emergency stop, within reach on every page; each level is confirmed before it happens. */
export function HoldMenu() {
  const hold = useSlice('hold');
  const live = useIsLive();
  const { busy, run } = useAct();
  const [asked, setAsked] = useState<HoldLevel | null>(null);
  const reached = hold === null ? -1 : levels.indexOf(hold.level);
  return (
    <>
      <Menu
        label="Emergency stop"
        icon={<OctagonPause size={17} aria-hidden="true" />}
        items={levels.map((level, index) => {
          const Icon = icons[level];
          return {
            label: holdTexts[level].act,
            icon: <Icon size={15} aria-hidden="true" />,
            // The level in force may be asked for again: then it is carried out and looked at once more.
            enabled: live && !busy && index >= reached,
            danger: level !== 'hold',
            onPick: () => setAsked(level),
          };
        })}
      />
      {asked === null ? null : (
        <ConfirmDialog
          title={`${holdTexts[asked].act}?`}
          text={holdTexts[asked].consequence}
          confirm={holdTexts[asked].act}
          onConfirm={() => void run('hold.set', { level: asked }, 'Roost was not held')}
          onClose={() => setAsked(null)}
        />
      )}
    </>
  );
}
