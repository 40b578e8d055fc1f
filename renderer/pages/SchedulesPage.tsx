import { CalendarClock, Download, Plus } from 'lucide-react';
import { useState } from 'react';
import { useIsLive, useSlice } from '../client/roost.js';
import { plural } from '../format/numbers.js';
import { Button } from '../ui/Button.js';
import { EmptyState } from '../ui/EmptyState.js';
import { ImportDialog } from './schedules/ImportDialog.js';
import { ScheduleEditor } from './schedules/ScheduleEditor.js';
import { ScheduleTable } from './schedules/ScheduleTable.js';
import './schedules/schedules.css';

export function SchedulesPage({ open }: { readonly open: string | null }) {
  const schedules = useSlice('schedules');
  const live = useIsLive();
  const [dialog, setDialog] = useState<'new' | 'import' | null>(null);
  const ailing = schedules.filter(({ state }) => state === 'parked' || state === 'faulty').length;
  return (
    <>
      <div className="page-head">
        <h1>Schedules</h1>
        <p>
          {plural(schedules.length, 'schedule')}
          {ailing === 0 ? '' : `, ${ailing} of them cannot run`}
        </p>
        <div className="page-acts schedule-page-acts">
          <Button icon={<Download size={15} aria-hidden="true" />} disabled={!live} onClick={() => setDialog('import')}>
            Take over…
          </Button>
          <Button look="primary" icon={<Plus size={15} aria-hidden="true" />} disabled={!live} onClick={() => setDialog('new')}>
            New schedule
          </Button>
        </div>
      </div>
      {schedules.length === 0 ? (
        <EmptyState icon={<CalendarClock size={20} />} title="Nothing comes again yet">
          Schedules appear once Redis serves. Each one puts a job in line at its times, and says here when the next one comes and how the last ones went.
        </EmptyState>
      ) : (
        <ScheduleTable schedules={schedules} open={open} />
      )}
      {dialog === 'new' ? <ScheduleEditor name={null} onClose={() => setDialog(null)} /> : null}
      {dialog === 'import' ? <ImportDialog onClose={() => setDialog(null)} /> : null}
    </>
  );
}
