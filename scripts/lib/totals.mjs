import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, tool } from './run.mjs';

const node = process.execPath;

/** Runs the test runners one after the other and adds up what they report. */
export class Totals {
  #reports = mkdtempSync(join(tmpdir(), 'roost-test-'));
  #counts = { passed: 0, failed: 0, skipped: 0 };
  /** Why tests were left out on this machine. */
  #leftOut = new Set();

  /** A step that is one check: it passes or fails as a whole. */
  async step(name, args) {
    console.error(`\n── ${name}`);
    this.add((await run(node, args)) === 0 ? 'passed' : 'failed');
  }

  async vitest(project, files = [], env = process.env) {
    console.error(`\n── ${project} tests`);
    const file = join(this.#reports, `${project}.json`);
    const args = [tool('vitest/vitest.mjs'), 'run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...files];
    const reasons = join(this.#reports, `${project}-left-out.txt`);
    const code = await run(node, args, { env: { ...env, ROOST_LEFT_OUT: reasons } });
    if (existsSync(reasons)) for (const why of readFileSync(reasons, 'utf8').trim().split('\n')) this.#leftOut.add(why);
    this.#count(file, code, (report) => ({
      passed: report.numPassedTests,
      failed: report.numFailedTests,
      skipped: report.numPendingTests + report.numTodoTests,
    }));
  }

  /** `only` takes what Playwright's command line takes to choose among the specs of the projects. */
  async playwright(projects, only = [], env = process.env) {
    console.error(`\n── end to end, ${[projects.join(' and '), ...only].join(' ')}`);
    const file = join(this.#reports, 'e2e.json');
    rmSync(file, { force: true });
    const args = [tool('@playwright/test/cli.js'), 'test', ...projects.map((name) => `--project=${name}`), '--reporter=list,json', ...only];
    const code = await run(node, args, { env: { ...env, PLAYWRIGHT_JSON_OUTPUT_NAME: file } });
    this.#count(file, code, ({ stats, suites }) => {
      for (const why of reasonsOf(suites)) this.#leftOut.add(why);
      return { passed: stats.expected + stats.flaky, failed: stats.unexpected, skipped: stats.skipped };
    });
  }

  add(kind) {
    this.#counts[kind]++;
  }

  /** Something that cannot run on this machine. */
  leaveOut(what, why) {
    console.error(`\n── ${what}: skipped, ${why}`);
    this.#leftOut.add(`${what}: ${why}`);
    this.add('skipped');
  }

  /** The line of counts, and the end with the exit code that goes with it. */
  finish() {
    const { passed, failed, skipped } = this.#counts;
    rmSync(this.#reports, { recursive: true, force: true });
    if (this.#leftOut.size > 0) console.log(`\nleft out here:\n${[...this.#leftOut].map((why) => `  ${why}`).join('\n')}`);
    console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
    process.exit(failed === 0 ? 0 : 1);
  }

  /** Adds a report's counts; a run that failed without a failed test (a crash, no report) counts as one failure. */
  #count(file, code, read) {
    let counts = { passed: 0, failed: 0, skipped: 0 };
    try {
      counts = read(JSON.parse(readFileSync(file, 'utf8')));
    } catch {
      counts.failed = 1;
    }
    if (code !== 0 && counts.failed === 0) counts.failed = 1;
    for (const key of Object.keys(this.#counts)) this.#counts[key] += counts[key];
  }
}

/** Of a report of Playwright: what its skipped tests say for themselves. */
function* reasonsOf(suites) {
  for (const { suites: inner = [], specs = [] } of suites) {
    yield* reasonsOf(inner);
    for (const { title, tests } of specs)
      for (const { status, annotations } of tests)
        if (status === 'skipped') yield `${title}: ${annotations.find(({ type }) => type === 'skip')?.description ?? 'no reason given'}`;
  }
}
