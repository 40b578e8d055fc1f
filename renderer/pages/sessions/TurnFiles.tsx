import { Undo2 } from 'lucide-react';
import { useState } from 'react';
import type { FileWrite } from '../../../contract/approvals.js';
import { useIsLive } from '../../client/roost.js';
import { useAct } from '../../client/use-act.js';
import { plural } from '../../format/numbers.js';
import { printable } from '../../format/printable.js';
import { Button } from '../../ui/Button.js';
import { useToast } from '../../ui/Toasts.js';

/** The files an agent wrote in a turn: listed when asked for, put back with one click. */
export function TurnFiles({ turnId }: { readonly turnId: string }) {
  const live = useIsLive();
  const toast = useToast();
  const { run, busy } = useAct();
  const [writes, setWrites] = useState<readonly FileWrite[] | null>(null);
  const read = async (): Promise<void> => {
    const found = await run('files.list', { turnId }, 'The files were not listed');
    if (found !== null) setWrites(found.writes);
  };
  const rollBack = async (): Promise<void> => {
    const done = await run('files.rollback', { turnId }, 'The files were not put back', 30_000);
    if (done === null) return;
    const kept = done.skipped.map(({ path, why }) => `${path}: ${why}`).join('; ');
    toast({
      tone: done.skipped.length === 0 ? 'good' : 'warn',
      title: `${plural(done.restored.length + done.removed.length, 'file')} put back`,
      text: kept === '' ? 'The workspace is as it was before this turn.' : `Left alone: ${kept}`,
    });
    await read();
  };
  if (writes === null) {
    return (
      <div className="turn-files">
        <Button size="small" look="quiet" disabled={!live || busy} onClick={() => void read()}>
          Files written…
        </Button>
      </div>
    );
  }
  const inPlace = writes.filter(({ rolledBackAtMs }) => rolledBackAtMs === null);
  return (
    <div className="turn-files">
      <ul>
        {writes.map((write) => (
          <li key={write.id} className="work-place">
            {write.existed ? 'changed' : 'new'} {printable(write.path)}
            {write.rolledBackAtMs === null ? '' : ' (put back)'}
          </li>
        ))}
      </ul>
      {inPlace.length === 0 ? null : (
        <Button size="small" icon={<Undo2 size={14} aria-hidden="true" />} disabled={!live || busy} onClick={() => void rollBack()}>
          Put back
        </Button>
      )}
    </div>
  );
}
