import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readShellLine } from './shell-words.js';

/** What a real shell makes of the words of a line. */
const shellWords = (line: string): string[] => {
  const printed = execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${line}`], { cwd: '/', env: { PATH: '/nowhere' } }).toString('utf8');
  return printed.split('\0').slice(0, -1);
};

test('the words of a plain line are those a real shell sees', () => {
  const unit = fc.constantFrom('a', 'b', ' ', "'", '"', '\\', '-', '/', '.', 'é', '=', ',', ':', '@', '+', '\t');
  let plain = 0;
  fc.assert(
    fc.property(fc.string({ unit, minLength: 1, maxLength: 20 }), (line) => {
      const read = readShellLine(line).plain;
      if (read === undefined) return;
      plain += 1;
      expect(shellWords(line)).toEqual(read);
    }),
    { numRuns: 300 },
  );
  expect(plain).toBeGreaterThan(30);
});
