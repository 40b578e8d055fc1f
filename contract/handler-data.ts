import { z } from 'zod';
import { duration } from './quantities.js';
import { argv, env } from './services.js';

/** What the jobs of each handler carry in `data`. Unknown fields are errors: a misspelt setting must not be a silent wish. */

const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be an environment variable name');
const webAddress = z
  .string()
  .max(2_000)
  .regex(/^https?:\/\/[^\s/]/, 'must start with http:// or https://');
const header = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/, 'must be a header name');
const headerValue = z
  .string()
  .max(8_000)
  .regex(/^[^\r\n\0]*$/, 'must be one line');
const hosts = z.array(z.string().min(1).max(253)).max(50).default([]);
/** Checked when the job is added and again before it runs, by then in milliseconds. */
const time = (leastMs: number, mostMs: number) =>
  z.union([duration(leastMs, mostMs), z.number().min(leastMs).max(mostMs)], {
    error: 'must be a duration such as 30s or 5m, or milliseconds, within its bounds',
  });
const whole = (least: number, most: number) => z.number().int().min(least).max(most);

export const governanceData = z.strictObject({
  /** Without it nothing is changed: the report says what would be. */
  auto_actions: z.boolean().default(false),
  /** Arms that must stay in play whatever the verdicts. */
  min_active_arms: whole(1, 100).default(2),
  /** An arm nobody chose for this long counts as stale. */
  stale_days: whole(1, 365).default(14),
  /** Above these an agent template is in breach of the policy. */
  max_start_failure_rate: z.number().min(0).max(1).default(0.2),
  max_death_rate: z.number().min(0).max(1).default(0.1),
  max_p95_ms: whole(1, 3_600_000).default(30_000),
});
export type GovernanceData = z.output<typeof governanceData>;

export const memoryCleanupData = z.strictObject({
  max_age_hours: z
    .number()
    .min(1)
    .max(24 * 366)
    .default(24),
  job_history_days: z.number().min(1).max(366).default(7),
  /** Only counts and says what would go. */
  dry_run: z.boolean().default(false),
});
export type MemoryCleanupData = z.output<typeof memoryCleanupData>;

export const analyticsRollupData = z.strictObject({
  /** The day in UTC; yesterday when not given. */
  day: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/, 'must be a day such as 2026-03-31')
    .optional(),
  keep_days: whole(7, 3_660).default(400),
  leaders: whole(1, 100).default(10),
});
export type AnalyticsRollupData = z.output<typeof analyticsRollupData>;

const web = {
  timeout: time(100, 300_000).prefault('20s'),
  max_bytes: whole(1_000, 50_000_000).default(2_000_000),
  /** Hosts that may have a private address. Pages of the internet must not make Roost talk to the local network. */
  allow_private: hosts,
};

export const competitorAnalysisData = z.strictObject({
  /** The pages to read; those of COMPETITOR_SEEDS when not given. */
  seeds: z.array(webAddress).max(100).optional(),
  ...web,
});
export type CompetitorAnalysisData = z.output<typeof competitorAnalysisData>;

export const trendScanData = z.strictObject({
  /** RSS, Atom or JSON feeds. */
  feeds: z.array(webAddress).max(100).default([]),
  window_hours: whole(1, 24 * 30).default(24),
  baseline_days: whole(1, 365).default(28),
  /** In how many items of the window a term must stand before it can be rising. */
  min_items: whole(2, 1_000).default(3),
  top: whole(1, 100).default(20),
  ...web,
});
export type TrendScanData = z.output<typeof trendScanData>;

export const commandData = z.strictObject({
  /** Program and arguments, given to the system as they are: no shell reads them. */
  argv: argv.max(256),
  /** The data directory of Roost when not given. */
  cwd: z.string().min(1).max(4_096).optional(),
  env: env.default({}),
  /** Variables of Roost itself to hand on by name, so that secrets need not stand in a job. */
  env_from: z.array(variable).max(50).default([]),
  /** Text for its standard input. */
  input: z.string().max(200_000).optional(),
  timeout: time(100, 86_400_000).prefault('10m'),
  success_codes: z.array(whole(0, 4_294_967_295)).min(1).default([0]),
  max_output_bytes: whole(1_000, 500_000).default(64_000),
  /** With a title its output, read as Markdown, is kept as a report. */
  report: z.string().min(1).max(120).optional(),
});
export type CommandData = z.output<typeof commandData>;

const statusCode = whole(100, 599);
export const httpData = z.strictObject({
  url: webAddress,
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']).default('GET'),
  headers: z.record(header, headerValue).default({}),
  /** Header -> variable of Roost that holds its whole value, so that secrets need not stand in a job. */
  secret_headers: z.record(header, variable).default({}),
  /** Text as it is; anything else goes out as JSON. */
  body: z.unknown().optional(),
  /** Any 2xx when not given. */
  expect: z.union([statusCode, z.array(statusCode).min(1)]).optional(),
  timeout: time(100, 3_600_000).prefault('30s'),
  /** Further tries within one attempt, only of methods that may be repeated. */
  retries: whole(0, 10).default(2),
  max_redirects: whole(0, 10).default(3),
  max_bytes: whole(0, 1_000_000).default(64_000),
});
export type HttpData = z.output<typeof httpData>;
