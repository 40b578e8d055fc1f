import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { end, root, start, tempDir } from './lib/children.mjs';
import { median, shown } from './lib/numbers.mjs';
import { pm2, supervisord } from './lib/peers.mjs';
import { benchmark, row } from './lib/report.mjs';
import { startHost } from './lib/roost.mjs';
import { sleep, until } from './lib/wait.mjs';

/** From the death of a working program to the first line of the next: each program dies once, as the waits of later deaths differ on purpose. */

const programs = 10;
/** Working that long, a death is no failed start for anybody. */
const settledMs = 4_000;
const apartMs = 1_500;

const script = join(root, 'bench', 'programs', 'stamps.sh');
const stampsOf = (file) =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.split(' '))
    : [];
const nowNs = () => process.hrtime.bigint();

/** Wall time of the machine in nanoseconds, as `date` has it. */
const wallOffsetNs = BigInt(Date.now()) * 1_000_000n - nowNs();
const wallNs = () => nowNs() + wallOffsetNs;

async function bare(dir) {
  const times = [];
  for (let n = 0; n < programs; n++) {
    const file = join(dir, `bare-${n}`);
    const fromNs = wallNs();
    const child = start(script, [file]);
    await until('its line', () => stampsOf(file).length === 1);
    times.push(Number(BigInt(stampsOf(file)[0][0]) - fromNs) / 1e6);
    await end(child);
  }
  return times;
}

async function crashes(dir, name, begin) {
  const files = Array.from({ length: programs }, (_, n) => join(dir, `${name}-${n}`));
  const stop = await begin(files.map((file, n) => ({ name: `p${n}`, argv: [script, file] })));
  try {
    await until('every program', () => files.every((file) => stampsOf(file).length === 1), { deadlineMs: 60_000 });
    await sleep(settledMs);
    const times = [];
    for (const file of files) {
      const pid = Number(stampsOf(file)[0][1]);
      const fromNs = wallNs();
      process.kill(pid, 'SIGKILL');
      await until('its next life', () => stampsOf(file).length === 2, { deadlineMs: 60_000, everyMs: 2 });
      times.push(Number(BigInt(stampsOf(file)[1][0]) - fromNs) / 1e6);
      // Whatever a supervisor does after a death is done before the next.
      await sleep(apartMs);
    }
    return times;
  } finally {
    await stop();
  }
}

async function beginRoost(list) {
  const services = Object.fromEntries(list.map(({ name, argv }) => [name, { command: argv }]));
  const host = await startHost(JSON.stringify({ pool: { size: 0 }, services }));
  return () => host.stop();
}

/** The least that can be called supervision: plain Node that spawns again on exit. */
async function beginLoop(list) {
  let on = true;
  const children = new Map();
  const again = ({ name, argv }) => {
    const child = start(argv[0], argv.slice(1));
    children.set(name, child);
    child.once('exit', () => on && again({ name, argv }));
  };
  list.forEach(again);
  return async () => {
    on = false;
    await Promise.all([...children.values()].map((child) => end(child)));
  };
}

await benchmark(import.meta.filename, 'Supervision: crash to first line', async () => {
  chmodSync(script, 0o755);
  const dir = tempDir();
  const times = { bare: await bare(dir), loop: await crashes(dir, 'loop', beginLoop), roost: await crashes(dir, 'roost', beginRoost) };
  const notes = [];
  const rows = [
    row('the program comes back, against a bare spawn of it', 'ms', median(times.bare), median(times.roost), {
      aim: (one) => ({ text: 'ratio ≤ 1.2', met: one.ratio <= 1.2 }),
      n: programs,
    }),
  ];
  rows.push(row('the same, against plain Node that spawns again on exit', 'ms', median(times.loop), median(times.roost), { n: programs }));
  for (const [key, peer] of [
    ['supervisord', supervisord()],
    ['pm2', pm2()],
  ]) {
    if (peer.missing !== undefined) {
      notes.push(`Left out: ${peer.missing}.`);
      continue;
    }
    times[key] = await crashes(dir, key, (list) => peer.start(list));
    const aim = (one) => ({ text: 'ratio < 1', met: one.ratio < 1 });
    rows.push(row(`the same, against ${peer.name}`, 'ms', median(times[key]), median(times.roost), { aim, n: programs }));
    notes.push(`${peer.name}: ${shown(median(times[key]))} ms, worst ${shown(Math.max(...times[key]))} ms; Roost worst ${shown(Math.max(...times.roost))} ms.`);
  }
  return { rows, notes, details: times };
});
