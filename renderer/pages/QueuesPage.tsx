import { Pause, Play } from 'lucide-react';
import { useState } from 'react';
import { useIsLive, useSlice } from '../client/roost.js';
import { useAct } from '../client/use-act.js';
import { countText, plural } from '../format/numbers.js';
import { Button } from '../ui/Button.js';
import { ConfirmDialog } from '../ui/ConfirmDialog.js';
import { HandlersCard } from './queues/HandlersCard.js';
import { QueueDetail } from './queues/QueueDetail.js';
import { QueueTable } from './queues/QueueTable.js';
import { WorkersCard } from './queues/WorkersCard.js';
import './queues/queues.css';
import './queues/workers.css';

/** `open` is a queue, or a queue and a job in it as `queue/id`. */
export function QueuesPage({ open }: { readonly open: string | null }) {
  const queues = useSlice('health').queues;
  const boards = useSlice('queues');
  const live = useIsLive();
  const { run } = useAct();
  const [asking, setAsking] = useState(false);
  const at = open?.indexOf('/') ?? -1;
  const name = open === null ? null : at < 0 ? open : open.slice(0, at);
  if (name !== null) return <QueueDetail key={name} name={name} jobId={open === null || at < 0 ? null : open.slice(at + 1)} />;
  const names = Object.keys(queues);
  const paused = names.filter((queue) => queues[queue]?.paused === true).length;
  const waiting = Object.values(queues).reduce((sum, queue) => sum + queue.waiting, 0);
  return (
    <>
      <div className="page-head">
        <h1>Queues</h1>
        <p>
          {plural(names.length, 'queue')}, {countText(waiting)} waiting{paused === 0 ? '' : `, ${paused} paused`}
        </p>
        <div className="page-acts queue-acts">
          <Button
            icon={<Play size={14} aria-hidden="true" />}
            disabled={!live || paused === 0}
            onClick={() => void run('queue.resumeAll', {}, 'The queues were not resumed')}
          >
            Resume all
          </Button>
          <Button icon={<Pause size={14} aria-hidden="true" />} disabled={!live || paused === names.length} onClick={() => setAsking(true)}>
            Pause all
          </Button>
        </div>
      </div>
      <QueueTable queues={queues} boards={boards} />
      <WorkersCard />
      <HandlersCard />
      {asking ? (
        <ConfirmDialog
          title="Pause every queue?"
          text="No job begins until you resume them: turns, suggestions and schedules wait. Jobs in hand go on."
          confirm="Pause all"
          onConfirm={() => void run('queue.pauseAll', {}, 'The queues were not paused')}
          onClose={() => setAsking(false)}
        />
      ) : null}
    </>
  );
}
