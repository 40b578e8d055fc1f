import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { basename, join } from 'node:path';
import { root } from './children.mjs';
import { shown } from './numbers.mjs';

/** No single benchmark may run longer. */
const usualDeadlineMs = 150_000;

/**
 * @typedef {object} Row
 * @property {string} what
 * @property {string} unit
 * @property {number | null} bare  null where nothing comparable exists
 * @property {number} roost
 * @property {number | null} ratio  roost / bare
 * @property {{ text: string, met: boolean }} [aim]
 * @property {number} [n] measurements behind each number
 */

export const ratioAtLeast = (limit) => (row) => ({ text: `ratio ≥ ${limit}`, met: row.ratio >= limit });
export const ratioAtMost = (limit) => (row) => ({ text: `ratio ≤ ${limit}`, met: row.ratio <= limit });
export const atMost = (limit) => (row) => ({ text: `≤ ${shown(limit)} ${row.unit}`, met: row.roost <= limit });

/** `ratio` where it is better known than from the two numbers. @returns {Row} */
export function row(what, unit, bare, roost, { aim, n, ratio = bare === null ? null : roost / bare } = {}) {
  const plain = { what, unit, bare, roost, ratio, n };
  return aim === undefined ? plain : { ...plain, aim: aim(plain) };
}

const machine = () => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryBytes: totalmem(),
  system: `${process.platform} ${release()} ${process.arch}`,
  node: process.versions.node,
});

function markdown(title, rows, notes) {
  const lines = [`### ${title}`, '', '| measured | bare | Roost | ratio | aim | met | n |', '|---|---:|---:|---:|---|---|---:|'];
  for (const { what, unit, bare, roost, ratio, aim, n } of rows) {
    const left = bare === null ? '' : `${shown(bare)} ${unit}`;
    lines.push(
      `| ${what} | ${left} | ${shown(roost)} ${unit} | ${ratio === null ? '' : shown(ratio)} | ${aim?.text ?? ''} | ${aim === undefined ? '' : aim.met ? 'yes' : '**no**'} | ${n ?? ''} |`,
    );
  }
  return [...lines, ...(notes.length === 0 ? [] : ['', ...notes.map((note) => `- ${note}`)]), ''].join('\n');
}

/**
 * Runs one benchmark: its rows go to `bench/results/<name>.json` and as Markdown to stdout.
 * @param {string} file `import.meta.filename` of the benchmark
 * @param {string} title
 * @param {() => Promise<{ rows: readonly Row[], notes?: readonly string[], details?: unknown }>} measure
 * @param {{ deadlineMs?: number }} [options] for one that has to wait long
 */
export async function benchmark(file, title, measure, { deadlineMs = usualDeadlineMs } = {}) {
  const name = basename(file, '.bench.mjs');
  const overdue = setTimeout(() => {
    console.error(`bench ${name}: not done after ${deadlineMs / 1_000} s, given up`);
    process.exit(1);
  }, deadlineMs);
  const startedAt = new Date();
  const startedMs = performance.now();
  try {
    const { rows, notes = [], details } = await measure();
    const result = { name, startedAt: startedAt.toISOString(), tookMs: Math.round(performance.now() - startedMs), machine: machine(), rows, notes, details };
    const folder = join(root, 'bench', 'results');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(result, null, 2)}\n`);
    console.log(markdown(title, rows, notes));
  } catch (error) {
    console.error(`bench ${name}:`, error);
    process.exitCode = 1;
  } finally {
    clearTimeout(overdue);
  }
  // Connections and children that a failed measurement left open end with the process.
  process.exit();
}
