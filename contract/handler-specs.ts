import { analyticsRollupData, commandData, competitorAnalysisData, governanceData, httpData, memoryCleanupData, trendScanData } from './handler-data.js';
import type { HandlerSpec } from './handler-spec.js';

const minuteMs = 60_000;

const specs: readonly HandlerSpec[] = [
  {
    name: 'governance',
    summary: 'Scores arms, agents and templates against the policy; acts on it only with auto_actions.',
    queue: 'governance',
    data: governanceData,
    softMs: 2 * minuteMs,
    hardMs: 3 * minuteMs,
    retry: 'standard',
  },
  {
    name: 'memory-cleanup',
    summary: 'Removes ended sessions, old jobs, stray keys and workspaces older than max_age_hours.',
    queue: 'maintenance',
    data: memoryCleanupData,
    softMs: 10 * minuteMs,
    hardMs: 12 * minuteMs,
    retry: 'standard',
  },
  {
    name: 'analytics-rollup',
    summary: 'Turns one day into figures and leaderboards.',
    queue: 'analytics',
    data: analyticsRollupData,
    softMs: 10 * minuteMs,
    hardMs: 12 * minuteMs,
    retry: 'standard',
  },
  {
    name: 'competitor-analysis',
    summary: 'Reads pages and reports what changed since the last time.',
    queue: 'analysis',
    data: competitorAnalysisData,
    softMs: 30 * minuteMs,
    hardMs: 32 * minuteMs,
    retry: 'patient',
  },
  {
    name: 'trend-scan',
    summary: 'Reads feeds and reports the terms that rise.',
    queue: 'trends',
    data: trendScanData,
    softMs: 30 * minuteMs,
    hardMs: 32 * minuteMs,
    retry: 'patient',
  },
  {
    name: 'command',
    summary: 'Runs a program, without a shell, in a process tree of its own.',
    queue: 'maintenance',
    data: commandData,
    softMs: 24 * 60 * minuteMs + minuteMs,
    hardMs: 24 * 60 * minuteMs + 2 * minuteMs,
    retry: 'none',
  },
  {
    name: 'http',
    summary: 'Sends one request and checks the status of the answer.',
    queue: 'maintenance',
    data: httpData,
    softMs: 70 * minuteMs,
    hardMs: 72 * minuteMs,
    retry: 'none',
  },
];

/** What comes with Roost. */
export const shippedHandlers: Readonly<Record<string, HandlerSpec>> = Object.fromEntries(specs.map((spec) => [spec.name, spec]));
