import { useState } from 'react';
import type { HandlerView } from '../../../contract/work-methods.js';
import { hrefTo } from '../../client/route.js';
import { useReading } from '../../client/use-reading.js';
import { plural } from '../../format/numbers.js';
import { printable } from '../../format/printable.js';
import { durationText } from '../../format/time.js';
import { retryText } from '../../format/workers.js';
import { Chip } from '../../ui/Badge.js';
import { Card } from '../../ui/Card.js';
import { SearchBox } from '../../ui/SearchBox.js';
import { Segmented } from '../../ui/Tabs.js';
import { type HandlerOrder, handlerOrders, matchingHandlers } from './handler-filter.js';

const orderNames: Readonly<Record<HandlerOrder, string>> = { name: 'Name', queue: 'Queue', deadline: 'Deadline' };

/** What jobs there are handlers for, a person's own first, and files of their folder that are none. */
export function HandlersCard() {
  const { value, problem } = useReading('handler.list', {}, 5_000);
  const [query, setQuery] = useState('');
  const [order, setOrder] = useState<HandlerOrder>('name');
  const handlers = value?.handlers ?? [];
  const shown = matchingHandlers(handlers, query, order);
  const own = handlers.filter((one) => one.own).length;
  return (
    <Card
      title="Handlers"
      flush
      className="handlers-card"
      actions={
        <div className="page-filter">
          <SearchBox label="Filter handlers" placeholder="Name, queue or purpose" value={query} onChange={setQuery} />
          <Segmented label="Order of the handlers" value={order} onChange={setOrder} options={handlerOrders.map((key) => ({ key, label: orderNames[key] }))} />
        </div>
      }
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
                {shown.map((one) => (
                  <HandlerRow key={one.name} one={one} />
                ))}
              </tbody>
            </table>
          </div>
          {shown.length === 0 ? <p className="queue-quiet">No handler matches.</p> : null}
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
