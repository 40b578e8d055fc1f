import { buildEntry } from './bandit/core.mjs';
import { median, percentile } from './lib/numbers.mjs';
import { atMost, benchmark, row } from './lib/report.mjs';

const rounds = 20_000;
const lines = [
  'ls -la src',
  'cat README.md',
  "grep -rn 'needle' src docs",
  'npm run build',
  'rm -rf /',
  'git -c core.pager=x log --oneline',
  `bash -lc 'cd x && make -j8 && echo "done" > log'`,
  'find . -name "*.ts" -exec sed -i s/a/b/ {} ;',
  'A=1 B=2 timeout 5 nice -n 3 node -e "process.exit()"',
  Array(50).fill('echo hi').join('; '),
];
/** Near the longest that is judged at all. */
const long = [`echo ${'a'.repeat(60_000)}`, `${'sh -c '.repeat(8)}ls`, "x'".repeat(30_000), '$('.repeat(30_000), 'a=1 '.repeat(15_000)];

await benchmark(import.meta.filename, 'Judging a command of an agent', async () => {
  const { classifyLine } = await import(await buildEntry('supervisor/approvals/rules/classify.ts'));
  const time = (line) => {
    const startedMs = performance.now();
    classifyLine(line);
    return performance.now() - startedMs;
  };
  for (let index = 0; index < 2_000; index++) time(lines[index % lines.length]);
  const took = Array.from({ length: rounds }, (_, index) => time(lines[index % lines.length]));
  const worst = Array.from({ length: 200 }, (_, index) => time(long[index % long.length]));
  return {
    rows: [
      row('common commands, p50', 'ms', null, median(took), { n: rounds }),
      row('common commands, p99', 'ms', null, percentile(took, 0.99), { aim: atMost(1), n: rounds }),
      row('60,000 characters made to be slow, p99', 'ms', null, percentile(worst, 0.99), { aim: atMost(50), n: 200 }),
    ],
  };
});
