import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, tool } from './run.mjs';

const node = process.execPath;

/** Runs the test runners one after the other and adds up what they report. */
export class Totals {
  #reports = mkdtempSync(join(tmpdir(), 'roost-test-'));
  #counts = { passed: 0, failed: 0, skipped: 0 };

  /** A step that is one check: it passes or fails as a whole. */
  async step(name, args) {
    console.error(`\n── ${name}`);
    this.add((await run(node, args)) === 0 ? 'passed' : 'failed');
  }

  async vitest(project, files = [], env = process.env) {
    console.error(`\n── ${project} tests`);
    const file = join(this.#reports, `${project}.json`);
    const args = [tool('vitest/vitest.mjs'), 'run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...files];
    const code = await run(node, args, { env });
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
    this.#count(file, code, ({ stats }) => ({ passed: stats.expected + stats.flaky, failed: stats.unexpected, skipped: stats.skipped }));
  }

  add(kind) {
    this.#counts[kind]++;
  }

  /** The line of counts, and the end with the exit code that goes with it. */
  finish() {
    const { passed, failed, skipped } = this.#counts;
    rmSync(this.#reports, { recursive: true, force: true });
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
