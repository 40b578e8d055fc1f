import { type FormEvent, useState } from 'react';
import type { Result } from '../../../contract/methods.js';
import type { ScheduleView } from '../../../contract/schedules.js';
import { useAct } from '../../client/use-act.js';
import { plural } from '../../format/numbers.js';
import { zonedText } from '../../format/schedule.js';
import { Badge } from '../../ui/Badge.js';
import { Button } from '../../ui/Button.js';
import { Dialog } from '../../ui/Dialog.js';

const shown = 20;

/** The times of the old system, out of its log, beside those this schedule wrote down. */
export function CompareDialog({ schedule, onClose }: { readonly schedule: ScheduleView; readonly onClose: () => void }) {
  const { busy, run } = useAct();
  const [text, setText] = useState('');
  const [match, setMatch] = useState('');
  const [found, setFound] = useState<Result<'schedule.compare'> | null>(null);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setFound(await run('schedule.compare', { name: schedule.name, text, ...(match.trim() === '' ? {} : { match: match.trim() }) }, 'Nothing was compared'));
  };
  const list = (title: string, times: readonly number[]) =>
    times.length === 0 ? null : (
      <div>
        <h3>{title}</h3>
        <ul className="schedule-times">
          {times.slice(-shown).map((at) => (
            <li key={at}>{zonedText(at, schedule.tz)}</li>
          ))}
        </ul>
      </div>
    );
  return (
    <Dialog title={`Compare ${schedule.name} with the old system`} onClose={onClose}>
      <form className="form schedule-form" onSubmit={(event) => void submit(event)}>
        <div className="field">
          <label htmlFor="compare-log">Log of the old system</label>
          <textarea
            id="compare-log"
            className="code-input"
            rows={7}
            spellCheck={false}
            autoFocus
            required
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          <p className="field-help">Lines of celery beat, of syslog (journalctl -u cron), or any that begin with a date and a time.</p>
        </div>
        <div className="field">
          <label htmlFor="compare-match">Only lines that hold</label>
          <input
            id="compare-match"
            spellCheck={false}
            value={match}
            placeholder={`for example ${schedule.name}`}
            onChange={(event) => setMatch(event.target.value)}
          />
        </div>
        {found === null ? null : (
          <div className="schedule-compared" role="status">
            <p>
              {found.fromMs === null ? (
                <>
                  <Badge tone="warn">No time in common</Badge> {plural(found.here, 'run')} here, {plural(found.there, 'run')} there.
                </>
              ) : (
                <>
                  <Badge tone={found.onlyHere.length + found.onlyThere.length === 0 ? 'good' : 'warn'}>
                    {found.onlyHere.length + found.onlyThere.length === 0 ? 'They agree' : 'They differ'}
                  </Badge>{' '}
                  {plural(found.matched, 'run')} in both, {found.onlyHere.length} only here, {found.onlyThere.length} only there.
                </>
              )}
            </p>
            {found.fromMs === null ? null : list('Only here', found.onlyHere)}
            {found.fromMs === null ? null : list('Only there', found.onlyThere)}
          </div>
        )}
        <div className="dialog-actions">
          <Button onClick={onClose}>Close</Button>
          <Button type="submit" look="primary" disabled={busy || text.trim() === ''}>
            Compare
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
