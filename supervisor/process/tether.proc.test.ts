import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { here } from '../../core/base/test-conditions.js';
import { installTether, tetherProgram } from './tether.js';

const dir = mkdtempSync(join(tmpdir(), 'roost-tether-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

it('is made for what it was tried on, and for nothing else', () => {
  expect(tetherProgram('x64')?.subarray(1, 4).toString()).toBe('ELF');
  expect(tetherProgram('arm64')).toBeNull();
  expect(installTether(join(dir, 'other'), 'arm64')).toBeNull();
});

it('is not used where nothing can be put or run', () => {
  writeFileSync(join(dir, 'file'), '');
  expect(installTether(join(dir, 'file'))).toBeNull();
});

describe.runIf(here(process.platform === 'linux' && process.arch === 'x64', `the tether: only on Linux x64, this is ${process.platform} ${process.arch}`))(
  'the tether',
  () => {
    const tether = installTether(join(dir, 'run')) ?? '';
    const run = (argv: readonly string[], env: Record<string, string> = {}) => spawnSync(tether, [...argv], { env, encoding: 'utf8', timeout: 30_000 });

    it('hands on every argument and the whole environment', () => {
      const argv = ['', '-x', 'a b', "'", '\n', 'ä', 'x'.repeat(100_000)];
      const told = run([process.execPath, '-e', 'console.log(JSON.stringify([process.argv.slice(1), process.env]))', '--', ...argv], { A: '1', 'b.c': 'ü' });
      expect(JSON.parse(told.stdout)).toEqual([argv, { A: '1', 'b.c': 'ü' }]);
      expect(run(['/bin/sh', '-c', 'exit 42']).status).toBe(42);
      expect(run(['/bin/sh', '-c', 'kill -TERM $$']).signal).toBe('SIGTERM');
    });

    it.runIf(here(existsSync('/usr/bin/setpriv'), 'the death signal of the tether: there is no /usr/bin/setpriv to tell it'))(
      'asks for the death signal',
      () => {
        expect(execFileSync(tether, ['/usr/bin/setpriv', '--dump'], { encoding: 'utf8' })).toMatch(/death signal: (KILL|9)/i);
        expect(execFileSync('/usr/bin/setpriv', ['--dump'], { encoding: 'utf8' })).not.toMatch(/death signal: (KILL|9)/i);
      },
    );

    it('gives no program more rights to memory than it has without', () => {
      const maps = (argv: readonly string[]): string[] =>
        run(argv)
          .stdout.split('\n')
          .filter((line) => /\[(stack|heap)\]/.test(line))
          .map((line) => line.split(' ')[1] ?? '');
      expect(maps(['/bin/cat', '/proc/self/maps'])).toEqual(['rw-p', 'rw-p']);
      expect(run(['/bin/cat', '/proc/self/personality']).stdout.trim()).toBe('00000000');
    });

    it('gives a program without a header to the shell, and tells what cannot be run', () => {
      const script = join(dir, 'script');
      writeFileSync(script, 'echo "$0 $1"; exit 3\n');
      chmodSync(script, 0o755);
      expect(run([script, 'one'])).toMatchObject({ status: 3, stdout: `${script} one\n` });
      expect(run(['/nowhere/program']).status).toBe(127);
    });
  },
);
