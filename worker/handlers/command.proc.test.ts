import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CommandData } from '../../contract/handler-data.js';
import { type Clock, sleep, systemClock } from '../../core/base/clock.js';
import { isReport } from '../../core/jobs/report-store.js';
import { command } from './command.js';
import { testJob, testTools } from './test-handler.js';

const node = process.execPath;
const env = { PATH: process.env['PATH'], SECRET: 'do-not-tell', WANTED: 'yes' };
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'roost-command-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = (data: Record<string, unknown>, signal?: AbortSignal) =>
  command(testJob<CommandData>('command', data, signal === undefined ? {} : { signal }), testTools({ env, dataDir: folder }));
const script = (code: string): string[] => [node, '-e', code];

async function until(probe: () => boolean): Promise<void> {
  const end = performance.now() + 60_000;
  while (!probe()) {
    if (performance.now() > end) throw new Error('waited in vain');
    await sleep(systemClock, 20);
  }
}
const isAlive = (pid: number): boolean => {
  try {
    // A zombie has ended, whatever its pid says.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

describe('the command handler', () => {
  it('gives the arguments to the program as they are: nothing in them is read by a shell', async () => {
    const odd = ['$(touch broken)', '; rm -rf /', '`id`', '"quoted" \'both\'', '*', 'line\nbreak', 'ünïcode'];
    const result = await run({ argv: [...script('process.stdout.write(JSON.stringify(process.argv.slice(1)))'), ...odd] });
    expect(result).toMatchObject({ exitCode: 0, stdout: JSON.stringify(odd) });
    expect(existsSync(join(folder, 'broken'))).toBe(false);
  });

  it('fails with the exit code and the last line of its errors, unless the code is a wanted one', async () => {
    await expect(run({ argv: script('console.error("first"); console.error("disk is full"); process.exit(3)') })).rejects.toThrow(/exit code 3: disk is full/);
    await expect(run({ argv: script('process.exit(3)'), success_codes: [0, 3] })).resolves.toMatchObject({ exitCode: 3 });
  });

  it('says so when there is no such program', async () => {
    await expect(run({ argv: ['/nowhere/no-such-program'] })).rejects.toThrow(/no-such-program/);
  });

  it('hands on only the base of the environment and what the job names', async () => {
    const data = { argv: script('process.stdout.write(JSON.stringify(process.env))'), env: { OWN: 'a b' }, env_from: ['WANTED'] };
    const seen = JSON.parse(String(((await run(data)) as { stdout: string }).stdout)) as Record<string, string>;
    expect(seen).toMatchObject({ OWN: 'a b', WANTED: 'yes', ROOST_JOB_ID: 'job-1' });
    expect(JSON.stringify(seen)).not.toContain('do-not-tell');
    await expect(run({ argv: script(''), env_from: ['NOT_THERE'] })).rejects.toThrow(/NOT_THERE is not set/);
  });

  it('keeps the end of a long output and counts what it dropped', async () => {
    const result = (await run({ argv: script('for (let i = 0; i < 50000; i++) console.log("line " + i)'), max_output_bytes: 2_000 })) as {
      stdout: string;
      droppedBytes: number;
    };
    expect(result.stdout.length).toBeLessThanOrEqual(2_000);
    expect(result.stdout.endsWith('line 49999\n')).toBe(true);
    expect(result.droppedBytes).toBeGreaterThan(400_000);
  });

  it('reads its input from the job', async () => {
    await expect(run({ argv: script('process.stdin.pipe(process.stdout)'), input: 'from the job' })).resolves.toMatchObject({ stdout: 'from the job' });
  });

  it('kills the program at its deadline with everything it started, also what ignores polite signals', async () => {
    const pidFile = join(folder, 'grandchild');
    const code = `const c = require('child_process').spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)'], { stdio: 'ignore' });
      require('fs').writeFileSync(${JSON.stringify(pidFile)}, String(c.pid)); setInterval(() => {}, 1000);`;
    // From the moment the grandchild is there, however slow the machine is, time runs forty times as fast.
    let thereMs: number | undefined;
    const clock: Clock = {
      ...systemClock,
      monoMs: () => {
        const nowMs = systemClock.monoMs();
        if (thereMs === undefined && existsSync(pidFile) && readFileSync(pidFile, 'utf8') !== '') thereMs = nowMs;
        return thereMs === undefined ? nowMs : nowMs + (nowMs - thereMs) * 40;
      },
      after: (delayMs, task) => systemClock.after(Math.min(delayMs, 100), task),
    };
    const job = testJob<CommandData>('command', { argv: script(code), timeout: '77s' });
    await expect(command(job, testTools({ env, dataDir: folder, clock }))).rejects.toMatchObject({ code: 'timeout' });
    const pid = Number(readFileSync(pidFile, 'utf8'));
    await until(() => !isAlive(pid));
  });

  it('stops with its job', async () => {
    const abort = new AbortController();
    const ready = join(folder, 'ready');
    const outcome = run({ argv: script(`require('fs').writeFileSync(${JSON.stringify(ready)}, ''); setInterval(() => {}, 1000)`) }, abort.signal);
    const settled = expect(outcome).rejects.toMatchObject({ code: 'cancelled' });
    await until(() => existsSync(ready));
    abort.abort();
    await settled;
  });

  it('does not wait for a grandchild that holds the pipes, and leaves none behind', async () => {
    const code = `const c = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' }); console.log(c.pid); process.exit(0)`;
    const result = (await run({ argv: script(code) })) as { stdout: string };
    const pid = Number(result.stdout.trim());
    expect(pid).toBeGreaterThan(1);
    await until(() => !isAlive(pid));
  });

  it('keeps its output as a report when asked to', async () => {
    const result = await run({ argv: script('console.log("# Disk\\n\\n- 20 % free")'), report: 'Disk' });
    expect(isReport(result)).toBe(true);
    expect(result).toMatchObject({ title: 'Disk', summary: 'Disk' });
  });

  it('leaves nothing behind when the process that runs it is killed', async () => {
    const pidFile = join(folder, 'pid');
    const inner = `require('fs').writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); setInterval(() => {}, 1000)`;
    const entry = join(import.meta.dirname, 'fixtures', 'run-command.ts');
    await build({ configFile: false, logLevel: 'error', ssr: { noExternal: true }, build: { ssr: entry, outDir: folder, emptyOutDir: false } });
    const parent = spawn(node, [join(folder, 'run-command.js'), node, '-e', inner], { stdio: 'ignore' });
    try {
      await until(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8') !== '');
      const pid = Number(readFileSync(pidFile, 'utf8'));
      expect(isAlive(pid)).toBe(true);
      parent.kill('SIGKILL');
      await until(() => !isAlive(pid));
    } finally {
      parent.kill('SIGKILL');
    }
  });
});
