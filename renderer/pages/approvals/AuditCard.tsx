import { useCallback, useEffect, useState } from 'react';
import type { AuditEntry, AuditVerdict } from '../../../contract/audit.js';
import { useIsLive, useSlice } from '../../client/roost.js';
import { useAct } from '../../client/use-act.js';
import { plural } from '../../format/numbers.js';
import { printable } from '../../format/printable.js';
import { dateText } from '../../format/time.js';
import { Badge } from '../../ui/Badge.js';
import { Button } from '../../ui/Button.js';
import { Card } from '../../ui/Card.js';

const pageSize = 25;
const verifyMs = 10 * 60_000;

const detailText = (detail: AuditEntry['detail']): string => (Object.keys(detail).length === 0 ? '' : printable(JSON.stringify(detail)));

/** Who did what, newest first, and whether the chain is whole. */
export function AuditCard() {
  const { recent } = useSlice('approvals');
  const live = useIsLive();
  const { run, busy } = useAct();
  const [entries, setEntries] = useState<readonly AuditEntry[]>([]);
  const [next, setNext] = useState<number | null>(null);
  const [total, setTotal] = useState(0);
  const [verdict, setVerdict] = useState<AuditVerdict | null>(null);
  const read = useCallback(
    async (beforeSeq?: number): Promise<void> => {
      const page = await run('audit.list', { limit: pageSize, ...(beforeSeq === undefined ? {} : { beforeSeq }) }, 'The audit log was not read');
      if (page === null) return;
      setEntries((shown) => (beforeSeq === undefined ? page.entries : [...shown, ...page.entries]));
      setNext(page.nextBeforeSeq);
      setTotal(page.total);
    },
    [run],
  );
  const newest = recent[0]?.id;
  // A decision is an entry: the list is read again after each.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `newest` is the reason to read, not an input
  useEffect(() => {
    if (live) void read();
  }, [live, newest, read]);
  return (
    <Card
      title="Audit log"
      hint={total === 0 ? 'empty' : plural(total, 'entry', 'entries')}
      flush
      actions={
        <>
          {verdict === null ? null : (
            <span className="audit-verdict">
              <Badge tone={verdict.ok ? 'good' : 'bad'}>{verdict.ok ? `${plural(verdict.entries, 'entry', 'entries')}, whole` : 'Broken'}</Badge>
            </span>
          )}
          <Button
            size="small"
            disabled={!live || busy}
            onClick={() => void run('audit.verify', {}, 'The audit log was not verified', verifyMs).then(setVerdict)}
          >
            Verify
          </Button>
          <Button size="small" look="quiet" disabled={!live || busy} onClick={() => void read()}>
            Refresh
          </Button>
        </>
      }
    >
      {verdict === null || verdict.broken === null ? null : (
        <p className="audit-broken" role="alert">
          Broken at entry {verdict.broken.seq} ({verdict.broken.file}, line {verdict.broken.line}): {verdict.broken.message}.
        </p>
      )}
      {entries.length === 0 ? (
        <p className="approvals-none">No act of a person or of an agent is recorded yet.</p>
      ) : (
        <div className="audit-scroll">
          <table className="audit">
            <thead>
              <tr>
                <th scope="col">Entry</th>
                <th scope="col">When</th>
                <th scope="col">Who</th>
                <th scope="col">Act</th>
                <th scope="col">Target</th>
                <th scope="col">Detail</th>
              </tr>
            </thead>
            <tbody>
              {entries.map((entry) => (
                <tr key={entry.seq}>
                  <td className="audit-seq">{entry.seq}</td>
                  <td className="audit-when">{dateText(Date.parse(entry.at))}</td>
                  <td>{entry.actor}</td>
                  <td className="audit-act">{entry.act}</td>
                  <td className="audit-target" title={printable(entry.target)}>
                    {printable(entry.target)}
                  </td>
                  <td className="audit-detail" title={detailText(entry.detail)}>
                    {detailText(entry.detail)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {next === null ? null : (
        <p className="audit-more">
          <Button size="small" disabled={!live || busy} onClick={() => void read(next)}>
            Show older
          </Button>
        </p>
      )}
    </Card>
  );
}
