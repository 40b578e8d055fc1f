import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sleep, systemClock } from '../core/base/clock.js';
import { silentLog } from '../core/base/log.js';
import { faultTime } from '../core/base/test-times.js';
import { ConfigSource } from './config/config-source.js';
import { prepareDataDir } from './data-dir.js';

const fixtures = resolve(import.meta.dirname, '../e2e/fixtures/dying');
const rounds = faultTime(40, 200);
/** At the same time, each with a directory of its own. */
const lanes = 2;
let dir: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'roost-killed-'));
  await build({
    configFile: false,
    logLevel: 'silent',
    ssr: { noExternal: true },
    build: { ssr: join(fixtures, 'writer.ts'), outDir: join(dir, 'program'), target: 'node20', rollupOptions: { output: { entryFileNames: 'writer.mjs' } } },
  });
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

interface Lane {
  readonly dataDir: string;
  readonly configFile: string;
}

/** Lets the writer go on from `from` and kills it some time after its first round; the last round it said was done. */
async function writeUntilKilled({ dataDir, configFile }: Lane, from: number, afterMs: number): Promise<number> {
  const child = spawn(process.execPath, [join(dir, 'program', 'writer.mjs'), dataDir, configFile, String(from)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  let done = from - 1;
  const begun = new Promise<void>((begin) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      done = Number(line);
      begin();
    });
  });
  const closed = once(child.stdout, 'close');
  await Promise.race([begun, ended]);
  await sleep(systemClock, afterMs);
  child.kill('SIGKILL');
  expect((await ended)[1]).toBe('SIGKILL');
  // What it had said is read to the end.
  await closed;
  return done;
}

const temporaries = ({ dataDir, configFile }: Lane): string[] =>
  [...readdirSync(dataDir, { recursive: true, encoding: 'utf8' }), ...readdirSync(join(configFile, '..'))].filter((name) => name.endsWith('.tmp'));

it(
  'a file is the old one or the new one, whole, whenever its writer is killed, and the next start takes the half-written ones away',
  async () => {
    let written = 0;
    const work = async (number: number): Promise<void> => {
      const lane: Lane = { dataDir: join(dir, `data-${number}`), configFile: join(dir, `config-${number}`, 'roost.yaml') };
      mkdirSync(join(lane.configFile, '..'));
      writeFileSync(lane.configFile, '# of a person\n');
      for (let round = 0, last = 0; round < rounds / lanes; round++) {
        const done = await writeUntilKilled(lane, last + 1, (round * 7 + number * 3) % 41);
        await prepareDataDir(lane.dataDir, { version: '1.0.0', clock: systemClock, log: silentLog });
        const config = await ConfigSource.open({ ...lane, env: {}, clock: systemClock, log: silentLog });
        expect(config.problem).toBeNull();
        expect(config.text).toContain('# of a person');
        expect(temporaries(lane)).toEqual([]);
        const inConfig = Number(config.current.services['probe']?.env?.['N'] ?? 0);
        expect([done, done + 1]).toContain(inConfig);
        const state = JSON.parse(readFileSync(join(lane.dataDir, 'run', 'state.json'), 'utf8'));
        expect(state).toEqual({ n: state.n, pad: 'x'.repeat((state.n * 7_919) % 60_000), whole: true });
        expect([done, done + 1]).toContain(state.n);
        written += done - last;
        last = done;
      }
    };
    await Promise.all(Array.from({ length: lanes }, (_, number) => work(number)));
    expect(written).toBeGreaterThanOrEqual(rounds);
    // Each round is a start of Node, which takes its time beside others.
  },
  faultTime(180_000, 900_000),
);
