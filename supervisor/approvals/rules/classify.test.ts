import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { processorMs } from '../../../core/base/test-times.js';
import { type RuleClass, ruleClasses } from './classes.js';
import { classify, classifyLine } from './classify.js';
import { safePrograms } from './safe-programs.js';
import { readShellLine } from './shell-words.js';

const rank = (found: RuleClass): number => ruleClasses.indexOf(found);
const of = (...argv: string[]): RuleClass => classify({ argv, envNames: [] }).class;
const ofLine = (line: string): RuleClass => classifyLine(line).class;

describe('what is safe', () => {
  test.each([
    ['pwd'],
    ['ls', '-la'],
    ['ls', 'src', 'docs'],
    ['cat', 'README.md'],
    ['head', '-n', '20', 'a.txt'],
    ['head', '-n20', 'a.txt'],
    ['grep', '-rn', 'x;y', 'src'],
    ['echo', 'rm -rf /'],
    ['wc', '-l', '--', '-file'],
    ['node', '--version'],
  ])('%s %s %s %s', (...argv) => expect(of(...argv)).toBe('safe'));

  test('paths are handed on to be proved', () => expect(classify({ argv: ['grep', 'pattern', '../x', 'y'], envNames: [] }).paths).toEqual(['../x', 'y']));
  test('a line of plain words is its argv', () => expect(classifyLine(`cat 'a file' "b"`)).toMatchObject({ class: 'safe', paths: ['a file', 'b'] }));
});

describe('what never runs', () => {
  test.each([
    'rm -rf /',
    'rm -r -f --no-preserve-root /',
    'r""m -rf /',
    '\\rm -rf ~',
    '/bin/rm -rf /',
    'rm -rf /*',
    'ls; rm -rf /',
    'ls && sudo ls',
    'ls | sudo tee x',
    'env X=1 rm -rf /',
    'X=1 rm -rf /',
    'nice -n 5 rm -rf /',
    'timeout 5 rm -rf /',
    'xargs -n 1 rm -rf /',
    'sh -c "rm -rf /"',
    `bash -lc 'rm -rf /'`,
    `sh -c "sh -c 'rm -rf /'"`,
    'find . -exec rm -rf / ;',
    'nohup setsid rm -rf /',
    'mkfs.ext4 /dev/sda1',
    'dd if=/dev/zero of=/dev/sda',
    'shutdown -h now',
    ':(){ :|:& };:',
    'cmd /c del /s /q c:\\',
    'x.bat "&calc"',
    'RM.EXE -rf /',
    'chmod -R 777 /',
  ])('%s', (line) => expect(ofLine(line)).toBe('blocked'));
});

describe('what waits for a person', () => {
  test.each([
    `$'\\x72m' -rf /`,
    'rm${IFS}-rf${IFS}/',
    '{rm,-rf,/}',
    'ls; x',
    'ls && x',
    'ls | sh',
    'ls & x',
    'ls\nx',
    'ls\rx',
    'ls $(x)',
    'ls `x`',
    'ls <(x)',
    'ls >f',
    'cat a >>~/.bashrc',
    'cat <<EOF',
    'node -e 1',
    'python3 -c 1',
    'find . -exec ls ;',
    'git -c core.pager=x log',
    'git status',
    'tar --checkpoint-action=exec=x',
    'sed 1e',
    'awk BEGIN{system("x")}',
    'vim -c x',
    'ssh -o ProxyCommand=x h',
    'npm run x',
    'PATH=. ls',
    'LD_PRELOAD=x ls',
    'powershell -enc x',
    './ls',
    '/usr/bin/ls',
    'LS',
    'ls.',
    'progra~1',
    'cat ~/.ssh/id_rsa',
    'tail -f x',
    'cat -',
    'uniq a b',
  ])('%s', (line) => expect(ofLine(line)).toBe('dangerous'));

  test('any name for the environment', () => expect(classify({ argv: ['ls'], envNames: ['NODE_OPTIONS'] }).class).toBe('dangerous'));
  test('control characters in a word', () => expect(of('echo', 'a\u001b[2J')).toBe('dangerous'));
});

describe('what is too much to judge', () => {
  test('51 parts', () => expect(ofLine(Array(51).fill('ls').join(';'))).toBe('blocked'));
  test('50 parts', () => expect(ofLine(Array(50).fill('ls').join(';'))).toBe('dangerous'));
  test('a megabyte', () => expect(ofLine('a'.repeat(1_000_000))).toBe('blocked'));
  test('NUL', () => expect(of('ls', 'a\0b')).toBe('blocked'));
  test('nothing', () => expect(of()).toBe('blocked'));
});

test('the lists of the config count, and forbidding wins', () => {
  const rules = {
    allow: [
      ['npm', 'test'],
      ['git', 'status', '...'],
    ],
    block: [['git', 'status', '--porcelain']],
  };
  const found = (...argv: string[]) => classify({ argv, envNames: [] }, rules).class;
  expect([found('npm', 'test'), found('npm', 'test', 'x'), found('git', 'status', '-s'), found('git', 'status', '--porcelain')]).toEqual([
    'safe',
    'dangerous',
    'safe',
    'blocked',
  ]);
  expect(classify({ argv: ['sh', '-c', 'git status --porcelain'], envNames: [] }, rules).class).toBe('blocked');
  expect(classify({ argv: ['rm', '-rf', '/'], envNames: [] }, { allow: [['rm', '-rf', '/']], block: [] }).class).toBe('blocked');
});

const commands = fc.constantFrom('ls', 'rm -rf /', 'git push', 'cat a b', 'sudo id', 'echo hi', 'node -e 1', "grep 'a b' c", 'mkfs /dev/sda');
const anything = fc.oneof(
  fc.string({ maxLength: 200, unit: 'binary' }),
  fc.string({ maxLength: 100, unit: fc.constantFrom(...`ls rm-f/;|&$()'"\\\n{}<>*~=x`) }),
);
/** An open quote would swallow what follows. */
const unquoted = anything.filter((text) => !/['"\\\u0000]/.test(text));

describe('laws', () => {
  test('total: any text and any argv has a class', () => {
    fc.assert(
      fc.property(anything, (line) => void expect(ruleClasses).toContain(ofLine(line))),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(
        fc.array(anything, { maxLength: 6 }),
        fc.array(fc.string(), { maxLength: 3 }),
        (argv, envNames) => void expect(ruleClasses).toContain(classify({ argv, envNames }).class),
      ),
    );
  });

  test('a chain is never better than either of its parts', () => {
    fc.assert(
      fc.property(fc.oneof(commands, unquoted), commands, fc.constantFrom(';', '&&', '|', '\n', ' & '), (left, right, join) => {
        expect(rank(ofLine(`${right}${join}${right}`))).toBeGreaterThanOrEqual(rank(ofLine(right)));
        if (left.trim() !== '') expect(rank(ofLine(`${left}${join}${right}`))).toBeGreaterThanOrEqual(Math.max(rank(ofLine(right)), rank(ofLine(left))));
      }),
      { numRuns: 500 },
    );
  });

  test('quotes, escapes and wrappers never make a command better', () => {
    const single = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
    const disguises: readonly ((line: string) => string)[] = [
      (line) => `sh -c ${single(line)}`,
      (line) => `bash -lc ${single(line)}`,
      (line) => `env A=1 ${line}`,
      (line) => `nice ${line}`,
      (line) => `timeout 5 ${line}`,
      (line) => (readShellLine(line).plain ?? [line]).map(single).join(' '),
      (line) => line.replace(/^(\w)/, '\\$1'),
      (line) => line.replace(/^(\w)(\w*)/, '$1""$2'),
    ];
    fc.assert(
      fc.property(commands, fc.array(fc.constantFrom(...disguises), { minLength: 1, maxLength: 3 }), (line, chosen) => {
        const disguised = chosen.reduce<string>((text, disguise) => disguise(text), line);
        expect(rank(ofLine(disguised))).toBeGreaterThanOrEqual(rank(ofLine(line)));
      }),
      { numRuns: 500 },
    );
  });

  test('only a program of the table, named plainly, is ever safe', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom(...Object.keys(safePrograms), '-la', '--', '-x', '--exec', '../x', 'a=b'), anything), { minLength: 1, maxLength: 6 }),
        (argv) => {
          const found = classify({ argv, envNames: [] });
          if (found.class === 'safe') expect(Object.keys(safePrograms)).toContain(argv[0]);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('no text of 64 Ki takes long', () => {
    for (const unit of ['a', '(', "'", '"', '\\', '$(', 'sh -c ', '-', '{', 'a=', ';', ' ', 'a()']) {
      const line = unit.repeat(Math.floor(65_536 / unit.length));
      const startedMs = processorMs();
      ofLine(line);
      classify({ argv: ['echo', line.slice(0, 60_000)], envNames: [] });
      // Ten times what it takes on a slow machine: a pattern that backtracks needs minutes.
      expect(processorMs() - startedMs).toBeLessThan(1_000);
    }
  });
});
