import { FolderInput } from 'lucide-react';
import { useSlice } from '../client/roost.js';
import { plural } from '../format/numbers.js';
import { EmptyState } from '../ui/EmptyState.js';
import { WatchCard } from './watch/WatchCard.js';
import './watch/watch.css';

/** Drop folders: what was taken in, what waits, and what was set aside and why. */
export function WatchPage({ open }: { readonly open: string | null }) {
  const watches = useSlice('watches');
  const troubled = watches.filter(({ state }) => state === 'problem').length;
  return (
    <>
      <div className="page-head">
        <h1>Drop folders</h1>
        <p>{watches.length === 0 ? 'none' : `${plural(watches.length, 'drop folder')}${troubled === 0 ? '' : `, ${troubled} in trouble`}`}</p>
      </div>
      {watches.length === 0 ? (
        <EmptyState icon={<FolderInput size={20} />} title="No folder is watched">
          Name a folder, a log of JSON lines or an issues file under <code>watch:</code> in <code>roost.yaml</code>: each new file or line becomes one job,
          exactly once.
        </EmptyState>
      ) : (
        <div className="watch-list">
          {watches.map((watch) => (
            <WatchCard key={watch.name} watch={watch} marked={watch.name === open} />
          ))}
        </div>
      )}
    </>
  );
}
