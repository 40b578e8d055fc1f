import type { HandlerView } from '../../../contract/work-methods.js';
import { hrefTo } from '../../client/route.js';
import { useReading } from '../../client/use-reading.js';
import { plural } from '../../format/numbers.js';
import { printable } from '../../format/printable.js';
import { durationText } from '../../format/time.js';
import { retryText } from '../../format/workers.js';
import { Chip } from '../../ui/Badge.js';
import { Card } from '../../ui/Card.js';

/** What jobs there are handlers for, a person's own first, and files of their folder that are none. */
export function HandlersCard() {
  const { value, problem } = useReading('handler.list', {}, 5_000);
  const handlers = [...(value?.handlers ?? [])].sort((one, other) => Number(other.own) - Number(one.own) || one.name.localeCompare(other.name));
  const own = handlers.filter((one) => one.own).length;
  return (
    <Card
      title="Handlers"
      flush
      className="handlers-card"
      {...(value === null ? {} : { hint: own === 0 ? 'those of Roost' : `${plural(own, 'own handler')} among them` })}
    >
      {value === null ? (
        <p className="queue-quiet">{problem ?? 'Reading…'}</p>
      ) : (
        <>
          {value.problems.length === 0 ? null : (
            <ul className="handlers-problems" aria-label="Files that are no handlers">
              {value.problems.map((one) => (
                <li key={one.file}>
                  <b>{printable(one.file)}</b> is no handler: {printable(one.problem)}
                </li>
              ))}
            </ul>
          )}
          <div className="table-scroll">
            <table className="table handlers-table">
              <thead>
                <tr>
                  <th scope="col">Handler</th>
                  <th scope="col">Queue</th>
                  <th scope="col" className="num" title="Asked to end / ended with all it started">
                    Deadlines soft / hard
                  </th>
                  <th scope="col">Tries</th>
                </tr>
              </thead>
              <tbody>
                {handlers.map((one) => (
                  <HandlerRow key={one.name} one={one} />
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </Card>
  );
}

function HandlerRow({ one }: { readonly one: HandlerView }) {
  return (
    <tr className="row">
      <th scope="row">
        {one.name} {one.own ? <Chip title="From the folder of own handlers">own</Chip> : null}
        <small className="handlers-summary">{printable(one.summary)}</small>
      </th>
      <td>
        <a className="text-link" href={hrefTo('queues', one.queue)}>
          {one.queue}
        </a>
      </td>
      <td className="num">
        {durationText(one.softMs)} / {durationText(one.hardMs)}
      </td>
      <td title={`Preset ${one.retry}`}>{retryText(one.retry)}</td>
    </tr>
  );
}
