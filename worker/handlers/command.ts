import { RoostError } from '../../contract/errors.js';
import type { CommandData } from '../../contract/handler-data.js';
import type { HandlerJob, HandlerTools, Report } from '../../core/jobs/handler.js';
import { type ArgvEnd, runArgv } from './run-argv.js';

/** What a program needs to find its tools, its home and its language; nothing that could be a secret. */
const baseNames =
  /^(PATH|PATHEXT|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_[A-Z]+|XDG_[A-Z_]+|TZ|TMPDIR|TEMP|TMP|SYSTEMROOT|SYSTEMDRIVE|WINDIR|COMSPEC|USERPROFILE|APPDATA|LOCALAPPDATA|PROGRAMDATA|PROGRAMFILES|ROOST_RUN_ID|ROOST_INCARNATION_ID|ROOST_PROCESS)$/i;

/** At most this much silence may be announced at once. */
const quietMs = 600_000;
const loggedLines = 40;
const graceMs = 5_000;

/** The environment of a command: the base, what the job names, and what it asks for by name; a name that Roost does not have is an error. */
export function commandEnvironment(data: Pick<CommandData, 'env' | 'env_from'>, source: HandlerTools['env'], jobId: string): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(source)) if (value !== undefined && baseNames.test(name)) environment[name] = value;
  for (const name of data.env_from) {
    const value = source[name];
    if (value === undefined) throw new RoostError('bad-request', `${name} is not set where Roost runs`, { field: 'env_from' });
    environment[name] = value;
  }
  return { ...environment, ...data.env, ROOST_JOB_ID: jobId };
}

/** Runs a program to its end. It fails with another exit code than the wanted ones, at its deadline, or when the job is stopped. */
export async function command(job: HandlerJob<CommandData>, tools: HandlerTools): Promise<Report | Readonly<Record<string, unknown>>> {
  const { data } = job;
  const { clock } = tools;
  job.log(`runs ${data.argv.map((part) => JSON.stringify(part)).join(' ')}`);
  job.quiet(Math.min(quietMs, data.timeout));
  const renew = clock.every(quietMs / 2, () => job.quiet(quietMs));
  let lastSignMs = 0;
  const onOutput = (): void => {
    if (clock.monoMs() - lastSignMs < 1_000) return;
    lastSignMs = clock.monoMs();
    job.progress(null);
  };
  let end: ArgvEnd;
  try {
    end = await runArgv({
      argv: data.argv,
      cwd: data.cwd ?? tools.dataDir,
      env: commandEnvironment(data, tools.env, job.id),
      ...(data.input === undefined ? {} : { input: data.input }),
      maxOutputBytes: data.max_output_bytes,
      timeoutMs: data.timeout,
      graceMs,
      clock,
      signal: job.signal,
      onOutput,
    });
  } finally {
    renew.cancel();
  }
  const last = (end.stderr.trim() === '' ? end.stdout : end.stderr).trimEnd().split('\n').slice(-loggedLines);
  for (const line of last) if (line !== '') job.log(line);
  const problem = problemOf(end, data);
  if (problem !== null) throw problem;
  const facts = { exitCode: end.exitCode, durationMs: Math.round(end.tookMs), droppedBytes: end.droppedBytes };
  if (data.report === undefined) return { ...facts, stdout: end.stdout, stderr: end.stderr };
  return { title: data.report, summary: firstLine(end.stdout) ?? 'no output', markdown: end.stdout, figures: { 'duration ms': facts.durationMs } };
}

const firstLine = (text: string): string | undefined =>
  text
    .split('\n')
    .map((line) => line.replace(/^#+\s*/, '').trim())
    .find((line) => line !== '')
    ?.slice(0, 200);

function problemOf(end: ArgvEnd, data: CommandData): RoostError | null {
  const [program] = data.argv;
  if (end.stopped === 'timeout') return new RoostError('timeout', `${program} had not ended after ${data.timeout} ms and was killed with all it had started`);
  if (end.stopped === 'aborted') return new RoostError('cancelled', `${program} was stopped with its job`);
  if (end.exitCode !== null && data.success_codes.includes(end.exitCode)) return null;
  const said = end.stderr.trim().split('\n').at(-1)?.trim().slice(0, 300) ?? '';
  const how = end.exitCode === null ? `was killed by ${end.signal ?? 'a signal'}` : `ended with exit code ${end.exitCode}`;
  return new RoostError('agent-failed', `${program} ${how}${said === '' ? '' : `: ${said}`}`);
}
