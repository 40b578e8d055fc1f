import { readFileSync } from 'node:fs';
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../core/base/clock.js';
import type { Containment } from '../../core/base/containment.js';
import { silentLog } from '../../core/base/log.js';
import { faultTime, processorMs, realTimes, roomy } from '../../core/base/test-times.js';
import { createLauncher } from './launcher.js';
import { ledgerPath, parseLedger } from './ledger.js';
import { createNodeSpawner } from './node-spawner.js';
import { command, fixture, isAlive, lineMatching, openBench, type TestBench, until } from './test-children.js';
import type { Launch } from './types.js';

let bench: TestBench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.close());

const start = (launch: Launch) => bench.launcher.launch(launch, 1);

describe('P8: a process that cannot be started', () => {
  const cases: readonly [string, RegExp, () => Promise<Launch>][] = [
    ['a wrong path', /not found \(ENOENT\)/, async () => command(['/nowhere/program'])],
    ['a name that is not on the path', /not found \(ENOENT\)/, async () => command(['no-such-program-here'])],
    [
      'a file without the exec bit',
      /may not be run/,
      async () => {
        const path = join(bench.dataDir, 'plain.txt');
        await writeFile(path, 'text');
        await chmod(path, 0o644);
        return command([path]);
      },
    ],
    ['a directory', /may not be run/, async () => command([bench.dataDir])],
    [
      'a missing working directory',
      /working directory .* does not exist/,
      async () => command(fixture('exit-with', '0'), { cwd: join(bench.dataDir, 'missing') }),
    ],
    ['arguments that are too large', /E2BIG/, async () => command([process.execPath, 'x'.repeat(4 * 1024 * 1024)])],
    ['a NUL in an argument', /NUL/, async () => command([process.execPath, 'a\0b'])],
    ['a NUL in a variable', /NUL/, async () => command(fixture('exit-with', '0'), { env: { BAD: 'a\0b' } })],
    ['a foreign program with the messages wire', /messages wire/, async () => command(fixture('exit-with', '0'), { wire: 'messages' })],
  ];

  it.each(cases)('%s is told within 1 s and leaves no entry', async (_name, message, launch) => {
    const incarnation = start(await launch());
    const beganMs = systemClock.monoMs();
    const exit = await incarnation.exited;
    expect(systemClock.monoMs() - beganMs).toBeLessThan(roomy(1_000));
    expect(exit).toMatchObject({ cause: 'spawn-failed', code: null, signal: null });
    expect(exit.message).toMatch(message);
    expect(bench.launcher.live).toEqual([]);
    expect(await readFile(ledgerPath(bench.dataDir), 'utf8').catch(() => '')).not.toContain('"spawned"');
    // A late terminate is answered by the exit that was.
    expect(await incarnation.terminate('deliberate', 'late')).toBe(exit);
  });
});

const containments: readonly [string, Containment | undefined][] = [
  ['as this machine offers', undefined],
  ['with the shell watcher', { kind: 'shell' }],
];

describe.each(containments)('contained %s', (_name, containment) => {
  beforeEach(async () => {
    await bench.close();
    bench = await openBench(containment === undefined ? {} : { containment });
  });

  it('writes the ledger before launch returns, and the exit after it', async () => {
    const incarnation = start(command(fixture('ignore-term')));
    const open = parseLedger(await readFile(ledgerPath(bench.dataDir), 'utf8')).open;
    expect(open).toMatchObject([{ pid: incarnation.pid, startedAt: incarnation.identity?.startedAt, runId: bench.runId }]);
    await incarnation.terminate('deliberate', 'enough', { termAfterMs: 0, killAfterMs: 0 });
    expect(parseLedger(await readFile(ledgerPath(bench.dataDir), 'utf8')).open).toEqual([]);
  });

  it.each([
    ['exit code 0', fixture('exit-with', '0'), { cause: 'clean', code: 0 }],
    ['exit code 7', fixture('exit-with', '7'), { cause: 'crash', code: 7 }],
    ['exit code 78', fixture('exit-with', '78'), { cause: 'config', code: 78 }],
    ['abort', [process.execPath, '-e', 'process.abort()'], { cause: 'signal', signal: 'SIGABRT' }],
    ['SIGSEGV', [process.execPath, '-e', 'process.kill(process.pid, "SIGSEGV")'], { cause: 'signal', signal: 'SIGSEGV' }],
    ['a throw', [process.execPath, '-e', 'throw new Error("x")'], { cause: 'crash', code: 1 }],
  ] as const)('P4: %s is told apart', async (_what, argv, exit) => {
    expect(await start(command(argv as readonly [string, ...string[]])).exited).toMatchObject(exit);
  });

  it('P9: what ignores SIGTERM is killed at the end of the ladder', async () => {
    const incarnation = start(command(fixture('ignore-term')));
    await lineMatching(incarnation.log, /^ready$/);
    const beganMs = systemClock.monoMs();
    const exit = await incarnation.terminate('deliberate', 'enough', { termAfterMs: 0, killAfterMs: faultTime(400, 5_000) });
    expect(exit).toMatchObject({ cause: 'deliberate', signal: 'SIGKILL', message: 'enough' });
    expect(systemClock.monoMs() - beganMs).toBeGreaterThanOrEqual(faultTime(390, 4_990));
    expect(systemClock.monoMs() - beganMs).toBeLessThan(roomy(6_000));
    await lineMatching(incarnation.log, /ignored SIGTERM/);
  });

  it('P10: a stopped process is ended too', async () => {
    const incarnation = start(command(fixture('ignore-term')));
    await lineMatching(incarnation.log, /^ready$/);
    process.kill(incarnation.pid ?? 0, 'SIGSTOP');
    await incarnation.terminate('stalled', 'no progress', { termAfterMs: 0, killAfterMs: faultTime(200, 5_000) });
    expect(incarnation.exit).toMatchObject({ cause: 'stalled' });
  });

  it('P11: grandchildren in the group are gone with it', async () => {
    const incarnation = start(command(fixture('grandchildren', '2')));
    await lineMatching(incarnation.log, /^bottom$/);
    const pids = incarnation.log
      .read(100)
      .flatMap(({ text }) => /^child (\d+)$/.exec(text)?.[1] ?? [])
      .map(Number);
    expect(pids.length).toBe(2);
    await incarnation.terminate('deliberate', 'enough', { termAfterMs: 0, killAfterMs: 100 });
    await until('all grandchildren gone', () => pids.every((pid) => !isAlive(pid)), roomy(1_000));
  });

  it('P11: grandchildren are gone also when their parent just dies', async () => {
    const incarnation = start(command(fixture('grandchildren', '1')));
    await lineMatching(incarnation.log, /^bottom$/);
    const grandchild = Number(await lineMatching(incarnation.log, /^child (\d+)$/));
    process.kill(incarnation.pid ?? 0, 'SIGKILL');
    expect(await incarnation.exited).toMatchObject({ cause: 'signal', signal: 'SIGKILL' });
    await until('the grandchild gone', () => !isAlive(grandchild), roomy(1_000));
  });

  it('P12: an escaped grandchild that holds the output delays nothing, and is found by its mark', async () => {
    const beganMs = systemClock.monoMs();
    const incarnation = start(command(fixture('escapee')));
    expect(await incarnation.exited).toMatchObject({ cause: 'clean' });
    expect(systemClock.monoMs() - beganMs).toBeLessThan(roomy(1_500));
    const escapee = Number(await lineMatching(incarnation.log, /^escapee (\d+)$/));
    await until('the escapee gone', () => !isAlive(escapee), roomy(5_000));
    await lineMatching(incarnation.log, /killed what it left behind/);
  });

  it('an escaped grandchild without the mark is found by the snapshot of the tree', async () => {
    const incarnation = start(command(fixture('escapee', 'stay', 'bare')));
    const escapee = Number(await lineMatching(incarnation.log, /^escapee (\d+)$/));
    await incarnation.terminate('deliberate', 'enough', { termAfterMs: 50, killAfterMs: 1_000 });
    await until('the escapee gone', () => !isAlive(escapee), roomy(5_000));
  });

  it('hands over stdin text and closes it', async () => {
    const incarnation = start(command(['/bin/cat'], { stdin: { text: 'a config\nof two lines\n' } }));
    await incarnation.exited;
    await lineMatching(incarnation.log, /^of two lines$/);
  });

  it('talks by lines, bounded both ways, and ends who breaks the rules', async () => {
    const incarnation = start(command(fixture('echo-lines'), { wire: 'lines' }));
    const seen: unknown[] = [];
    incarnation.wire?.onMessage((message) => seen.push(message));
    incarnation.wire?.send({ text: 'grüße\n' });
    expect(await until('the echo', () => seen[0])).toEqual({ echo: { text: 'grüße\n' } });
    await lineMatching(incarnation.log, /^listening$/);
    incarnation.wire?.send('garbage');
    expect(await incarnation.exited).toMatchObject({ cause: 'protocol' });
    incarnation.wire?.send('after the end');
  });

  it('cuts a line without an end', async () => {
    const incarnation = start(command(fixture('echo-lines'), { wire: 'lines' }));
    incarnation.wire?.send('flood');
    const exit = await incarnation.exited;
    expect(exit.cause).toBe('protocol');
    expect(exit.message).toContain('longer than 1048576 bytes');
  });
});

describe('our own programs', () => {
  it('talk over the structured channel and end when told by message', async () => {
    const entryDir = bench.dataDir;
    await writeFile(join(entryDir, 'package.json'), '{"type":"module"}');
    await writeFile(join(entryDir, 'queue-worker.js'), await readFile(fixture('echo-messages')[1] ?? '', 'utf8'));
    for (const containment of [undefined, { kind: 'shell' }] as const) {
      const spawner = createNodeSpawner({ entryDir, ...(containment === undefined ? {} : { containment }) });
      const launcher = createLauncher({
        spawner,
        dataDir: bench.dataDir,
        runId: `${bench.runId}-${containment?.kind ?? 'plain'}`,
        clock: systemClock,
        log: silentLog,
      });
      const worker = launcher.launch(
        { name: 'worker', kind: 'worker', program: { entry: 'queue-worker', args: [] }, env: {}, stdin: 'none', wire: 'messages' },
        1,
      );
      const seen: unknown[] = [];
      const closes: unknown[] = [];
      worker.wire?.onMessage((message) => seen.push(message));
      worker.wire?.onClose((reason) => closes.push(reason));
      worker.wire?.send({ a: 1 });
      await until('the answer', () => seen.length >= 2);
      expect(seen).toEqual([{ type: 'ready' }, { echo: { a: 1 } }]);
      const exit = await worker.terminate('deliberate', 'drain', { message: { type: 'drain' }, termAfterMs: 5_000, killAfterMs: 5_000 });
      expect(exit).toMatchObject({ cause: 'deliberate', code: 0, signal: null });
      expect(closes).toEqual([{ kind: 'ended', message: 'the process ended' }]);
      await launcher.close();
    }
  });
});

describe('what a child sees and says', () => {
  it('L-7: only the allow-listed environment, its own additions and our marks', async () => {
    process.env['ROOST_TEST_CANARY'] = 'c4n4ry';
    try {
      const incarnation = start(command(fixture('print-env'), { env: { MINE: 'yes' } }));
      const env = JSON.parse(await lineMatching(incarnation.log, /^(\{.*\})$/)) as Record<string, string>;
      expect(env).toMatchObject({ MINE: 'yes', ROOST_RUN_ID: bench.runId, ROOST_PROCESS: 'child', PATH: process.env['PATH'] });
      const allowed =
        /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|TZ|TMPDIR|TEMP|TMP|LC_.*|XDG_.*|MINE|ROOST_RUN_ID|ROOST_PROCESS|ROOST_INCARNATION_ID|PWD|SHLVL|_|__CF_.*)$/;
      expect(Object.keys(env).filter((name) => !allowed.test(name))).toEqual([]);
    } finally {
      delete process.env['ROOST_TEST_CANARY'];
    }
  });

  it('L3: bytes that would act on a terminal or a screen become text, in memory and in the file', async () => {
    const incarnation = start(command(fixture('raw-bytes')));
    await incarnation.exited;
    await lineMatching(incarnation.log, /^no newline$/);
    const texts = incarnation.log
      .read(100)
      .filter(({ stream }) => stream === 'out')
      .map(({ text }) => text);
    expect(texts.slice(0, 5)).toEqual(['a\ufffd\ufffdb', 'red \u241b]8;;http://x\u2407link \u241b[2J\u2400', 'bidi \\u202e abc', '10%', '20%']);
    expect(texts[5]?.length).toBe(16 * 1024);
    await bench.launcher.flush();
    const file = await readFile(join(bench.dataDir, 'logs', 'child.log'), 'utf8');
    expect(file).toContain('out red ');
    expect(file).toMatch(/^\d{4}-\d\d-\d\dT.* roost started, pid \d+$/m);
    expect(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/.test(file)).toBe(false);
  });

  it('L1: a flood is cut and counted, the loop stays free, the last lines are there', async () => {
    const lines = 60_000;
    // In time of the processor: how long others have it says nothing about us.
    let longestMs = 0;
    let lastMs = processorMs();
    const pulse = systemClock.every(5, () => {
      const nowMs = processorMs();
      longestMs = Math.max(longestMs, nowMs - lastMs);
      lastMs = nowMs;
    });
    const incarnation = start(command(fixture('storm', String(lines))));
    await incarnation.exited;
    await lineMatching(incarnation.log, /lines were dropped/);
    pulse.cancel();
    const kept = incarnation.log.read(100_000);
    expect(kept.length).toBe(5_000);
    expect(incarnation.log.dropped).toBeGreaterThan(20_000);
    // Generous. A naive handler stands still for the whole flood.
    expect(longestMs).toBeLessThan(400);
  });
});

describe('P19: many lives', () => {
  it('leave no descriptors and no entries', async () => {
    const round = () => Promise.all(Array.from({ length: 10 }, (_, index) => bench.launcher.launch(command(['/bin/true'], { name: `n${index}` }), 1).exited));
    const descriptors = async (): Promise<number> => (await readdir('/proc/self/fd')).length;
    // The first round opens the ten log files that stay.
    await round();
    await bench.launcher.flush();
    const before = await descriptors();
    // Before the first collection the heap grows by whatever it is given.
    if (realTimes) for (let turn = 0; turn < 100; turn++) await round();
    const rssBefore = process.memoryUsage.rss();
    // A thousand lives under `npm run test:faults`.
    for (let turn = 0; turn < (realTimes ? 100 : 10); turn++) await round();
    let after = Number.POSITIVE_INFINITY;
    // Pipes of the last round are closed half a second after their exit.
    await until('the descriptors of before', () => {
      void descriptors().then((count) => (after = count));
      return after <= before;
    });
    // Ends are written down together, a little later.
    await until('every end in the ledger', () => parseLedger(readFileSync(ledgerPath(bench.dataDir), 'utf8')).open.length === 0);
    if (process.platform === 'linux') expect(await zombies()).toEqual([]);
    if (realTimes) expect((process.memoryUsage.rss() - rssBefore) / 1024 ** 2).toBeLessThan(20);
  });
});

/** Children of ours that ended and that nobody has asked after. */
async function zombies(): Promise<readonly string[]> {
  const stats = await Promise.all(
    (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')),
  );
  return stats.filter((stat) => new RegExp(`\\) Z ${process.pid} `).test(stat));
}
