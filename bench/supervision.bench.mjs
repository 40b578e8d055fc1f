import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { end, environment, program, root, start, tempDir } from './lib/children.mjs';
import { median, shown } from './lib/numbers.mjs';
import { pm2, supervisord } from './lib/peers.mjs';
import { benchmark, row } from './lib/report.mjs';
import { startHost } from './lib/roost.mjs';
import { sleep, until } from './lib/wait.mjs';

/**
 * From the death of a working program to the first line of its next life. Everybody is alive at the same
 * time and has its turn in each cycle, so that each measurement of each follows the same rest and meets
 * the same machine. A program dies once, as the waits of later deaths differ on purpose; ten programs a
 * round, as Roost starts at most ten anew within a minute.
 */

const programs = 10;
const rounds = 2;
/** Working that long, a death is no failed start for anybody. */
const settledMs = 3_500;
const apartMs = 1_500;

const script = join(root, 'bench', 'programs', 'stamps.sh');
const lives = (file) =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => ({ atMs: Number(line.split(' ')[0]) / 1e6, pid: Number(line.split(' ')[1]) }))
    : [];
const wallMs = () => performance.timeOrigin + performance.now();
/** Looked at seldom: the time is in the file, and a busy observer would keep a core awake. */
const life = (file, n) => until('its next life', () => lives(file)[n - 1], { deadlineMs: 60_000, everyMs: 10 });

const respawner = (mode, files) =>
  start(process.execPath, [program('respawner'), mode, ...files], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...environment(), STAMPS: script } });

/** A spawn and nothing before it: the least that any way back can take. */
function bare(dir) {
  const child = respawner('bare', []);
  const children = [];
  return {
    name: 'bare',
    async strike(n) {
      const file = join(dir, `${n}`);
      child.stdin.write(`${file}\n`);
      const [fromMs, { atMs, pid }] = await Promise.all([new Promise((resolve) => child.stdout.once('data', (text) => resolve(Number(text)))), life(file, 1)]);
      children.push(pid);
      return atMs - fromMs;
    },
    async stop() {
      for (const pid of children) process.kill(pid, 'SIGKILL');
      await end(child);
    },
  };
}

async function supervised(name, dir, begin) {
  const files = Array.from({ length: programs }, (_, n) => join(dir, `${n}`));
  const stop = await begin(files.map((file, n) => ({ name: `p${n}`, argv: [script, file] })));
  await until('every program', () => files.every((file) => lives(file).length === 1), { deadlineMs: 60_000, everyMs: 50 });
  return {
    name,
    stop,
    async strike(n) {
      const [{ pid }] = lives(files[n]);
      const fromMs = wallMs();
      process.kill(pid, 'SIGKILL');
      return (await life(files[n], 2)).atMs - fromMs;
    },
  };
}

async function beginRoost(list) {
  const services = Object.fromEntries(list.map(({ name, argv }) => [name, { command: argv }]));
  const host = await startHost(JSON.stringify({ pool: { size: 0 }, services }));
  return () => host.stop();
}

/** The least that can be called supervision: plain Node that spawns again on exit. */
async function beginLoop(list) {
  const files = list.map(({ argv }) => argv[1]);
  const child = respawner('loop', files);
  return async () => {
    await end(child);
    for (const { pid } of files.map((file) => lives(file).at(-1))) process.kill(pid, 'SIGKILL');
  };
}

await benchmark(import.meta.filename, 'Supervision: crash to first line', async () => {
  chmodSync(script, 0o755);
  const peers = Object.entries({ supervisord: supervisord(), pm2: pm2() });
  const present = peers.filter(([, peer]) => peer.missing === undefined);
  const times = Object.fromEntries(['bare', 'loop', 'roost', ...present.map(([key]) => key)].map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    const all = [bare(tempDir())];
    try {
      all.push(await supervised('loop', tempDir(), beginLoop), await supervised('roost', tempDir(), beginRoost));
      for (const [key, peer] of present) all.push(await supervised(key, tempDir(), (list) => peer.start(list)));
      await sleep(settledMs);
      for (let n = 0; n < programs; n++) {
        for (const one of all) {
          times[one.name].push(await one.strike(n));
          // Whatever a supervisor does after a death is done before the next.
          await sleep(apartMs / all.length);
        }
      }
    } finally {
      await Promise.all(all.map((one) => one.stop()));
    }
  }
  const n = programs * rounds;
  const against = (what, name, aim) => row(what, 'ms', median(times[name]), median(times.roost), { n, ...(aim === undefined ? {} : { aim }) });
  const rows = [
    against('the program comes back, against a bare spawn of it after the same rest', 'bare', (one) => ({ text: 'ratio ≤ 1.2', met: one.ratio <= 1.2 })),
    against('the same, against plain Node that spawns again on exit', 'loop'),
    ...present.map(([key, peer]) => against(`the same, against ${peer.name}`, key, (one) => ({ text: 'ratio < 1', met: one.ratio < 1 }))),
  ];
  const quartiles = (list) => {
    const sorted = [...list].sort((a, b) => a - b);
    return `${shown(sorted[n >> 2])} to ${shown(sorted[(3 * n) >> 2])} ms, worst ${shown(sorted.at(-1))}`;
  };
  const notes = [
    `The middle half: ${Object.entries(times)
      .map(([name, list]) => `${name} ${quartiles(list)}`)
      .join('; ')}.`,
    ...peers.filter(([, peer]) => peer.missing !== undefined).map(([, peer]) => `Left out: ${peer.missing}.`),
  ];
  return { rows, notes, details: times };
});
