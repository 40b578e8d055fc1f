import { RoostError } from '../../contract/errors.js';
import type { reportMethods } from '../../contract/reports.js';
import { ReportStore } from '../../core/jobs/report-store.js';
import { call } from '../../core/redis/connection.js';
import type { Handlers } from '../core.js';
import type { HandlerParts } from '../handler-parts.js';

const trendLength = 30;

/** Serves what contract/reports.ts names. */
export const reportHandlers = (parts: HandlerParts): Pick<Handlers, keyof typeof reportMethods> => {
  const store = (): ReportStore => new ReportStore(parts.desk().connection, parts.keys);
  return {
    'report.list': async ({ handler, limit }) => {
      const [found, handlers] = await call(
        parts.clock,
        Promise.all([store().list({ limit, ...(handler === undefined ? {} : { handler }) }), store().handlers()]),
      );
      return { ...found, handlers };
    },
    'report.get': async ({ id }) => {
      const report = await call(parts.clock, store().get(id));
      if (report === undefined) throw new RoostError('not-found', `There is no report ${id}; see the list of reports.`, { field: 'id' });
      const { reports } = await call(parts.clock, store().list({ handler: report.handler, limit: trendLength, untilMs: report.atMs }));
      return { report, trend: reports.map(({ id: one, atMs, figures }) => ({ id: one, atMs, figures })).reverse() };
    },
  };
};
