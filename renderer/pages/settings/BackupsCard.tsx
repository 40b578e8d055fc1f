import { useState } from 'react';
import type { Backup } from '../../../contract/state.js';
import { useIsLive, useSlice } from '../../client/roost.js';
import { useAct } from '../../client/use-act.js';
import { useNow } from '../../client/use-now.js';
import { bytesText } from '../../format/numbers.js';
import { agoText, dateText, durationText } from '../../format/time.js';
import { Button } from '../../ui/Button.js';
import { Card } from '../../ui/Card.js';
import { ConfirmDialog } from '../../ui/ConfirmDialog.js';
import { useToast } from '../../ui/Toasts.js';

const shownAtMost = 8;
/** Redis may have to load all its data before the answer comes. */
const slowMs = 10 * 60_000;

/** Copies of the data of the managed Redis: how old the newest is, one more now, one of them back. */
export function BackupsCard() {
  const backups = useSlice('backups');
  const live = useIsLive();
  const nowMs = useNow();
  const toast = useToast();
  const { busy, run } = useAct();
  const [wanted, setWanted] = useState<Backup | null>(null);
  if (backups === null) return null;
  const [newest] = backups.items;
  const make = async (): Promise<void> => {
    const made = await run('backup.create', {}, 'Redis was not backed up', slowMs);
    if (made !== null) toast({ tone: 'good', title: 'Backed up', text: `${bytesText(made.backup.bytes)}, verified by ${made.backup.verifiedBy}.` });
  };
  const restore = async ({ name }: Backup): Promise<void> => {
    const done = await run('backup.restore', { file: name }, 'The backup was not restored', slowMs);
    if (done !== null)
      toast({
        tone: 'good',
        title: 'Restored',
        text: `In ${durationText(done.tookMs)}. The data of before are in ${done.setAside ?? 'no place: there were none'}.`,
      });
  };
  return (
    <Card
      title="Backups"
      hint={`every ${durationText(backups.everyMs)}`}
      actions={
        <Button size="small" disabled={!live || busy} onClick={() => void make()}>
          {busy ? 'Working…' : 'Back up now'}
        </Button>
      }
    >
      <p className="setting-text">
        {newest === undefined
          ? 'No backup of Redis yet; the first one is made as soon as Redis serves.'
          : `The newest was made ${agoText(nowMs - newest.atMs)}. Restoring one keeps the present data aside.`}
        {backups.problem === null ? '' : ` The last try failed: ${backups.problem}`}
      </p>
      <ul className="backup-list">
        {backups.items.slice(0, shownAtMost).map((backup) => (
          <li key={backup.name}>
            <p>
              {dateText(backup.atMs)} <span className="setting-text">{bytesText(backup.bytes)}</span>
            </p>
            <Button size="small" disabled={!live || busy} aria-label={`Restore the backup of ${dateText(backup.atMs)}`} onClick={() => setWanted(backup)}>
              Restore…
            </Button>
          </li>
        ))}
      </ul>
      {wanted === null ? null : (
        <ConfirmDialog
          title="Restore this backup?"
          text={`Sessions and turns go back to ${dateText(wanted.atMs)}. Workers and Redis stop for a moment, agents of sessions end, and the present data are kept aside.`}
          confirm="Restore"
          onConfirm={() => void restore(wanted)}
          onClose={() => setWanted(null)}
        />
      )}
    </Card>
  );
}
