import { Inbox, RotateCw, Search as SearchIcon, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { type JobRow, type JobState, jobStates } from '../../../contract/job-views.js';
import type { QueueView } from '../../../contract/state.js';
import { useIsLive } from '../../client/roost.js';
import { hrefTo } from '../../client/route.js';
import { useAct } from '../../client/use-act.js';
import { useReading } from '../../client/use-reading.js';
import { countText } from '../../format/numbers.js';
import { Button } from '../../ui/Button.js';
import { Card } from '../../ui/Card.js';
import { ConfirmDialog } from '../../ui/ConfirmDialog.js';
import { EmptyState } from '../../ui/EmptyState.js';
import { Tabs } from '../../ui/Tabs.js';
import { useToast } from '../../ui/Toasts.js';
import { CleanDialog } from './CleanDialog.js';
import { HistoryList } from './HistoryList.js';
import { JobList } from './JobList.js';
import { maxFound, useExact, useSearch } from './use-search.js';

const pageSize = 25;
const slowMs = 90_000;
const empty: Readonly<Record<JobState, string>> = {
  waiting: 'Jobs stand here until a worker has a free slot.',
  active: 'No worker holds a job of this queue right now.',
  delayed: 'Jobs stand here that are due later, or wait for their next try.',
  failed: 'Jobs that used up their tries are kept here for 30 days.',
  completed: 'The last thousand completed jobs are kept here for a week; older ones are in the history.',
};

type Tab = JobState | 'history';

/** The jobs of one queue by state, with search and what can be done to many at once. */
export function JobsCard({ name, view }: { readonly name: string; readonly view: QueueView }) {
  const live = useIsLive();
  const toast = useToast();
  const { run, busy } = useAct();
  const [tab, setTab] = useState<Tab>('waiting');
  const [page, setPage] = useState(1);
  const [text, setText] = useState('');
  const [asking, setAsking] = useState<'retry' | 'clean' | null>(null);
  const state = tab === 'history' ? null : tab;
  const wanted = text.trim();
  const search = useSearch(name, state, wanted);
  const exact = useExact(name, wanted);
  const listing = useReading('queue.jobs', { queue: name, state: state ?? 'waiting', page, pageSize }, 2_000);
  const searching = wanted !== '';
  const found: readonly JobRow[] = searching ? search.jobs : (listing.value?.jobs ?? []);
  const pages = Math.max(1, Math.ceil((listing.value?.total ?? 0) / pageSize));

  const retryAll = async (): Promise<void> => {
    const answer = await run('queue.retryFailed', { queue: name }, 'The failed jobs were not retried', slowMs);
    if (answer === null) return;
    toast({
      tone: 'good',
      title: `${countText(answer.retried)} back in line`,
      text: answer.skipped === 0 ? '' : `${countText(answer.skipped)} could not be retried.`,
    });
    listing.again();
  };

  return (
    <Card
      title="Jobs"
      flush
      className="jobs-card"
      actions={
        <div className="queue-acts">
          {tab === 'failed' ? (
            <Button
              size="small"
              icon={<RotateCw size={14} aria-hidden="true" />}
              disabled={!live || busy || view.failed === 0}
              onClick={() => setAsking('retry')}
            >
              Retry all failed
            </Button>
          ) : null}
          {state === null || state === 'active' ? null : (
            <Button
              size="small"
              icon={<Trash2 size={14} aria-hidden="true" />}
              disabled={!live || busy || view[state] === 0}
              onClick={() => setAsking('clean')}
            >
              Clean…
            </Button>
          )}
        </div>
      }
    >
      <div className="jobs-bar">
        <Tabs
          label="State"
          panelId="jobs-panel"
          tabs={[...jobStates.map((key) => ({ key: key as Tab, label: `${key} ${countText(view[key])}` })), { key: 'history' as Tab, label: 'history' }]}
          value={tab}
          onChange={(key) => {
            setTab(key);
            setPage(1);
          }}
        />
        {tab === 'history' ? null : (
          <label className="search">
            <SearchIcon size={15} aria-hidden="true" />
            <span className="visually-hidden">Search jobs</span>
            <input type="search" placeholder="Id, name or data" maxLength={200} value={text} onChange={(event) => setText(event.target.value)} />
          </label>
        )}
      </div>
      <div id="jobs-panel" role="tabpanel">
        {state === null ? (
          <HistoryList queue={name} />
        ) : (
          <>
            {searching ? (
              <p className="jobs-searched" role="status">
                {search.going ? 'Searching: ' : ''}
                {countText(search.jobs.length)} found, looked at {countText(search.looked)} of {countText(search.of)}
                {search.jobs.length >= maxFound ? '; narrow the text to see the rest' : ''}
                {exact === null || exact.state === state ? null : (
                  <a className="text-link" href={hrefTo('queues', `${name}/${exact.id}`)}>
                    The job with this id is {exact.state}
                  </a>
                )}
              </p>
            ) : null}
            {found.length === 0 && !search.going ? (
              listing.value === null && !searching ? (
                <p className="queue-quiet">{listing.problem ?? 'Reading…'}</p>
              ) : (
                <EmptyState icon={<Inbox size={20} />} title={searching ? 'Nothing found' : `No ${state} jobs`}>
                  {searching ? `No ${state} job holds this text in its id, name or data.` : empty[state]}
                </EmptyState>
              )
            ) : (
              <JobList jobs={found} state={state} onActed={listing.again} />
            )}
            {searching || pages <= 1 ? null : (
              <nav className="jobs-pages" aria-label="Pages of jobs">
                <Button size="small" disabled={page <= 1} onClick={() => setPage(page - 1)}>
                  Previous
                </Button>
                <span>
                  Page {countText(page)} of {countText(pages)}
                </span>
                <Button size="small" disabled={page >= pages} onClick={() => setPage(page + 1)}>
                  Next
                </Button>
              </nav>
            )}
          </>
        )}
      </div>
      {asking === 'retry' ? (
        <ConfirmDialog
          title={`Retry ${countText(view.failed)} failed jobs?`}
          text="Each goes back in line with all its tries before it, the oldest first. What they did before they failed may be done again."
          confirm="Retry all"
          keep="Leave them"
          onConfirm={() => void retryAll()}
          onClose={() => setAsking(null)}
        />
      ) : null}
      {asking === 'clean' && state !== null && state !== 'active' ? (
        <CleanDialog queue={name} state={state} count={view[state]} onDone={listing.again} onClose={() => setAsking(null)} />
      ) : null}
    </Card>
  );
}
