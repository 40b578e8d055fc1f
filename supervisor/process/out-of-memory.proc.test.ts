import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { createLauncher, type ProcessLauncher } from './launcher.js';
import { createNodeSpawner } from './node-spawner.js';
import { childrenDir, command, fixture, openBench, type TestBench, until } from './test-children.js';

const limitBytes = 150 * 1024 ** 2;

/** A control group with a limit of its own, or why there can be none here. */
function limitedGroup(name: string): { readonly path: string } | { readonly why: string } {
  const tried: string[] = [];
  for (const [root, limit] of [
    ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes'],
    ['/sys/fs/cgroup', 'memory.max'],
  ] as const) {
    const path = `${root}/${name}`;
    try {
      mkdirSync(path);
      try {
        writeFileSync(`${path}/${limit}`, String(limitBytes));
        return { path };
      } catch (error) {
        rmdirSync(path);
        throw error;
      }
    } catch (error) {
      tried.push(`${path}: ${(error as NodeJS.ErrnoException).code}`);
    }
  }
  return { why: tried.join(', ') };
}

describe('a process whose control group runs out of memory', () => {
  let bench: TestBench;
  beforeEach(async () => {
    bench = await openBench();
  });
  afterEach(() => bench.close());

  it('is told as out of memory; one that is killed by hand afterwards is not', async () => {
    const group = limitedGroup(`roost-test-${process.pid}`);
    let simulated = 0;
    let launcher: ProcessLauncher = bench.launcher;
    if ('why' in group) {
      // The kernel's part is played: the count rises as it would.
      process.stderr.write(`no control group can be made here (${group.why}): the kill of the kernel is played\n`);
      launcher = createLauncher({
        spawner: createNodeSpawner({ entryDir: childrenDir }),
        dataDir: bench.dataDir,
        runId: bench.runId,
        clock: systemClock,
        log: silentLog,
        oomKills: () => [simulated],
      });
    }
    try {
      const eater = launcher.launch(command(fixture('eats-memory', ...('path' in group ? [group.path] : []))), 1);
      if ('why' in group) {
        await until('it eats', () => eater.log.read(10).some(({ text }) => text === 'eating'));
        simulated++;
        process.kill(eater.pid ?? 0, 'SIGKILL');
      }
      expect(await eater.exited).toMatchObject({ cause: 'out-of-memory', signal: 'SIGKILL', message: expect.stringContaining('want of memory') });
      if ('path' in group) expect(readFileSync('/proc/vmstat', 'utf8')).toMatch(/^oom_kill [1-9]/m);

      const other = launcher.launch(command(fixture('speaks', 'up')), 1);
      await until('it speaks', () => other.log.read(10).some(({ text }) => text === 'up'));
      process.kill(other.pid ?? 0, 'SIGKILL');
      expect(await other.exited).toMatchObject({ cause: 'signal', signal: 'SIGKILL' });
    } finally {
      if (launcher !== bench.launcher) await launcher.close();
      // Empty once the exit of its last process was collected.
      if ('path' in group) await until('the group to be empty', () => (rmdirQuietly(group.path) ? true : null));
    }
  });
});

function rmdirQuietly(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch {
    return false;
  }
}
