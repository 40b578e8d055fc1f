import { type FormEvent, useEffect, useState } from 'react';
import type { ParamsInput, Result } from '../../../contract/methods.js';
import type { ImportRecord } from '../../../contract/schedules.js';
import { useRoost } from '../../client/roost.js';
import { useAct } from '../../client/use-act.js';
import { plural } from '../../format/numbers.js';
import { dateText } from '../../format/time.js';
import { Button } from '../../ui/Button.js';
import { Dialog } from '../../ui/Dialog.js';
import { Segmented } from '../../ui/Tabs.js';
import { useToast } from '../../ui/Toasts.js';
import { ImportRows } from './ImportRows.js';

type Format = 'celery' | 'crontab';

/** From Celery beat or cron: first what would come of each entry, then, if it is wanted, all of them at once. */
export function ImportDialog({ onClose }: { readonly onClose: () => void }) {
  const { connection } = useRoost();
  const toast = useToast();
  const { busy, run } = useAct();
  const [format, setFormat] = useState<Format>('celery');
  const [text, setText] = useState('');
  const [app, setApp] = useState('');
  const [tz, setTz] = useState('');
  const [shadow, setShadow] = useState(true);
  const [found, setFound] = useState<Result<'schedule.import'> | null>(null);
  const [earlier, setEarlier] = useState<readonly ImportRecord[]>([]);
  useEffect(() => {
    connection.call('schedule.imports', {}).then(
      ({ imports }) => setEarlier(imports),
      () => undefined,
    );
  }, [connection]);

  const request = (dryRun: boolean): ParamsInput<'schedule.import'> => ({
    format,
    text,
    dryRun,
    mode: shadow ? 'shadow' : 'run',
    ...(tz.trim() === '' ? {} : { tz: tz.trim() }),
    ...(format !== 'celery' || app.trim() === '' ? {} : { app: app.trim() }),
  });
  const look = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setFound(await run('schedule.import', request(true), 'The text could not be read'));
  };
  const take = async (): Promise<void> => {
    const done = await run('schedule.import', request(false), 'Nothing was taken over');
    if (done === null) return;
    toast({
      tone: 'good',
      title: `${plural(done.import?.names.length ?? 0, 'schedule')} taken over`,
      text: shadow ? 'As shadows: they run nothing yet.' : 'They run from now on.',
    });
    onClose();
  };
  const undo = async (id: string): Promise<void> => {
    const done = await run('schedule.undo', { id }, 'Nothing was undone');
    if (done === null) return;
    setEarlier((before) => before.filter((one) => one.id !== id));
    toast({ tone: 'good', title: `${plural(done.removed.length, 'schedule')} taken away`, text: done.kept.map((one) => `${one.name} ${one.why}.`).join(' ') });
  };
  const creates = found?.rows.filter(({ verdict }) => verdict === 'create').length ?? 0;

  return (
    <Dialog title="Take over from another scheduler" onClose={onClose}>
      <form className="form schedule-form schedule-form-wide" onSubmit={(event) => void look(event)}>
        <Segmented
          label="From"
          options={[
            { key: 'celery', label: 'Celery beat' },
            { key: 'crontab', label: 'Crontab' },
          ]}
          value={format}
          onChange={(next) => {
            setFormat(next);
            setFound(null);
          }}
        />
        <div className="field">
          <label htmlFor="import-text">{format === 'celery' ? 'beat_schedule, as Python or JSON' : 'What crontab -l prints'}</label>
          <textarea
            id="import-text"
            className="code-input"
            rows={found === null ? 10 : 4}
            spellCheck={false}
            autoFocus
            required
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              setFound(null);
            }}
          />
          <p className="field-help">It is read, never run. Lines that need a shell are said to; nothing is guessed.</p>
        </div>
        <div className="field-pair">
          <div className="field">
            <label htmlFor="import-tz">Time zone, where the text names none</label>
            <input
              id="import-tz"
              spellCheck={false}
              value={tz}
              placeholder={found?.tz ?? (format === 'celery' ? 'UTC' : 'of this machine')}
              onChange={(event) => setTz(event.target.value)}
            />
          </div>
          {format === 'celery' ? (
            <div className="field">
              <label htmlFor="import-app">Celery app</label>
              <input id="import-app" spellCheck={false} value={app} placeholder="for example proj" onChange={(event) => setApp(event.target.value)} />
            </div>
          ) : null}
        </div>
        <label className="schedule-check">
          <input type="checkbox" checked={shadow} onChange={(event) => setShadow(event.target.checked)} /> As shadows: they write down when they would run,
          beside the old system, and run nothing
        </label>
        {found === null ? null : <ImportRows rows={found.rows} />}
        {earlier.length === 0 || found !== null ? null : (
          <div className="schedule-earlier">
            <h3>Taken over before</h3>
            <ul>
              {earlier.slice(0, 5).map((one) => (
                <li key={one.id}>
                  <span>
                    {dateText(one.atMs)}: {plural(one.names.length, 'schedule')} from {one.format === 'celery' ? 'Celery beat' : 'a crontab'}
                  </span>
                  <Button size="small" disabled={busy} onClick={() => void undo(one.id)}>
                    Undo
                  </Button>
                </li>
              ))}
            </ul>
          </div>
        )}
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look={found === null ? 'primary' : 'plain'} disabled={busy || text.trim() === ''}>
            Try it
          </Button>
          {found === null ? null : (
            <Button look="primary" disabled={busy || creates === 0} onClick={() => void take()}>
              Take over {plural(creates, 'schedule')}
            </Button>
          )}
        </div>
      </form>
    </Dialog>
  );
}
