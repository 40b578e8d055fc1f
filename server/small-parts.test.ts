import { writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RoostError } from '../contract/errors.js';
import { systemClock } from '../core/base/clock.js';
import { createLog } from '../core/base/log.js';
import { ManualClock } from '../core/base/manual-clock.js';
import type { Identity } from '../supervisor/process/types.js';
import { fakeTurn } from '../supervisor/state/fake-state.js';
import { AttemptLock } from './attempt-lock.js';
import { readControl, removeControl, writeControl } from './control-file.js';
import { parseFlags, readyLine } from './flags.js';
import { InstanceLock } from './instance-lock.js';
import { listen, portsToTry } from './listen.js';
import { readScreenFiles } from './screen-files.js';
import { newSecretText, Secret } from './secret.js';
import { SignIn, ticketLifeMs } from './sign-in.js';
import { errorAnswer } from './status.js';
import { eventsBetween } from './turn-events.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'roost parts-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const codeOf = async (act: () => unknown): Promise<string> => {
  try {
    await act();
  } catch (error) {
    if (error instanceof RoostError) return error.code;
    throw error;
  }
  return 'accepted';
};

describe('SignIn', () => {
  it('forgets a ticket after 5 minutes and the oldest of many', async () => {
    const clock = new ManualClock();
    const signIn = new SignIn({ clock, token: new Secret('t') });
    const old = signIn.mintTicket();
    await clock.advance(ticketLifeMs);
    expect(await codeOf(() => signIn.exchange({ ticket: old }))).toBe('unauthorized');
    const first = signIn.mintTicket();
    const rest = Array.from({ length: 100 }, () => signIn.mintTicket());
    expect(await codeOf(() => signIn.exchange({ ticket: first }))).toBe('unauthorized');
    const cookie = signIn.exchange({ ticket: rest[0] ?? '' });
    expect(signIn.cookieMatches(cookie)).toBe(true);
    expect(signIn.cookieMatches('')).toBe(false);
    expect(signIn.cookieMatches(rest[0] ?? '')).toBe(false);
  });
  it('secrets are long and never alike', () => {
    expect(newSecretText()).toMatch(/^[\w-]{43}$/);
    expect(newSecretText()).not.toBe(newSecretText());
  });
});

describe('AttemptLock', () => {
  it('locks the sixth failure of a minute for 30 s, per client', async () => {
    const clock = new ManualClock();
    const lock = new AttemptLock(clock);
    expect(Array.from({ length: 6 }, () => lock.failed('a'))).toEqual([0, 0, 0, 0, 0, 30_000]);
    expect(lock.failed('b')).toBe(0);
    await clock.advance(10_000);
    expect(lock.failed('a')).toBe(20_000);
    await clock.advance(20_000);
    expect(lock.failed('a')).toBe(0);
  });
  it('forgets failures older than a minute and clients beyond its memory', async () => {
    const clock = new ManualClock();
    const lock = new AttemptLock(clock);
    for (let round = 0; round < 12; round++) {
      expect(lock.failed('slow')).toBe(0);
      await clock.advance(15_000);
    }
    for (let client = 0; client < 10_000; client++) lock.failed(`c${client}`);
  });
});

describe('control.json', () => {
  const control = { url: 'http://127.0.0.1:1/', token: 't1', pid: 7, startedAt: 'now', version: '1' };
  it('is private, whole and removed only by its owner', async () => {
    await writeControl(directory, control);
    expect((await stat(join(directory, 'control.json'))).mode & 0o777).toBe(0o600);
    expect(await readControl(directory)).toEqual(control);
    expect(await readdir(directory)).toEqual(['control.json']);
    await removeControl(directory, 'another');
    expect(await readControl(directory)).toEqual(control);
    await removeControl(directory, 't1');
    expect(await readdir(directory)).toEqual([]);
  });
  it.each(['', '{"url":', 'null', '[]', '{"url":1}', '\u0000'])('%j is as good as none and is replaced', async (text) => {
    await writeFile(join(directory, 'control.json'), text);
    await writeFile(join(directory, 'control.json.7.tmp'), 'left over');
    expect(await readControl(directory)).toBeUndefined();
    await writeControl(directory, control);
    expect(await readControl(directory)).toEqual(control);
  });
  it('replaces a link instead of following it', async () => {
    await writeFile(join(directory, 'other'), 'mine');
    await symlink(join(directory, 'other'), join(directory, 'control.json'));
    await writeControl(directory, control);
    expect(await readFile(join(directory, 'other'), 'utf8')).toBe('mine');
  });
});

describe('InstanceLock', () => {
  const alive = new Set<string>();
  const identity = (startedAt: string): Identity => ({ pid: 42, startedAt, bootId: 'b' });
  const lockOf = (mark: string, nonce = mark): InstanceLock =>
    new InstanceLock({ dataDir: directory, self: identity(mark), lives: (owner) => alive.has(owner.startedAt), nonce, clock: systemClock });
  beforeEach(() => alive.clear());

  it('lets one in, and the next after it is released', async () => {
    alive.add('a').add('b');
    const first = lockOf('a');
    await first.acquire();
    expect((await stat(join(directory, 'lock'))).mode & 0o777).toBe(0o600);
    expect(await codeOf(() => lockOf('b').acquire())).toBe('already-running');
    await lockOf('b').release();
    expect(await readdir(directory)).toEqual(['lock']);
    await first.release();
    expect(await codeOf(() => lockOf('b').acquire())).toBe('accepted');
    expect(await readdir(directory)).toEqual(['lock']);
  });
  it.each([
    ['a dead owner', JSON.stringify({ ...identity('dead'), nonce: 'n' })],
    ['a pid that is someone else now', JSON.stringify({ pid: process.pid, startedAt: 'long ago', bootId: 'b', nonce: 'n' })],
    ['an empty file', ''],
    ['garbage', '{"pid":'],
  ])('takes over from %s', async (_name, text) => {
    await writeFile(join(directory, 'lock'), text);
    alive.add('a');
    await lockOf('a').acquire();
    expect(JSON.parse(await readFile(join(directory, 'lock'), 'utf8'))).toMatchObject({ startedAt: 'a' });
    expect(await readdir(directory)).toEqual(['lock']);
  });
  it('puts back a fresh lock that took the place of the stale one it meant to move', async () => {
    const path = join(directory, 'lock');
    writeFileSync(path, JSON.stringify({ ...identity('dead'), nonce: 'n' }));
    const late = new InstanceLock({
      dataDir: directory,
      self: identity('late'),
      nonce: 'late',
      clock: systemClock,
      lives: (owner) => {
        if (owner.startedAt !== 'dead') return true;
        writeFileSync(path, JSON.stringify({ ...identity('quick'), nonce: 'quick' }));
        return false;
      },
    });
    expect(await codeOf(() => late.acquire())).toBe('already-running');
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ nonce: 'quick' });
  });
  it('of 20 rivals for one stale lock exactly one wins', async () => {
    for (let round = 0; round < 5; round++) {
      await writeFile(join(directory, 'lock'), JSON.stringify({ ...identity('dead'), nonce: 'n' }));
      const marks = Array.from({ length: 20 }, (_, index) => `r${round}-${index}`);
      for (const mark of marks) alive.add(mark);
      const results = await Promise.all(marks.map((mark) => codeOf(() => lockOf(mark).acquire())));
      expect(results.filter((result) => result === 'accepted')).toHaveLength(1);
      expect(results.filter((result) => result === 'already-running')).toHaveLength(19);
    }
  });
});

describe('listen', () => {
  it('tries the wished port, its neighbours, then any', () => {
    expect(portsToTry('auto')).toEqual([0]);
    expect(portsToTry(8_000).slice(0, 3)).toEqual([8_000, 8_001, 8_002]);
    expect(portsToTry(65_534)).toEqual([65_534, 65_535, 0]);
  });
  it('passes a taken port over and names its owner', async () => {
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
    const { port } = squatter.address() as AddressInfo;
    const lines: string[] = [];
    const server = createServer();
    const portHolder = async (one: number): Promise<string> => `node x.js (pid 7, asked for ${one})`;
    const taken = await listen(server, {
      host: '127.0.0.1',
      port,
      log: createLog({ clock: systemClock, level: 'info', sink: (line) => lines.push(line) }),
      portHolder,
    });
    expect((server.address() as AddressInfo).port).not.toBe(port);
    expect(taken).toBe(`port ${port} is taken by node x.js (pid 7, asked for ${port})`);
    expect(lines[0]).toContain(taken);
    server.close();
    squatter.close();
  });
});

describe('screen files', () => {
  it('are what the folder holds: no links, no dot files, no unknown types', async () => {
    await mkdir(join(directory, 'assets'));
    await writeFile(join(directory, 'index.html'), 'x');
    await writeFile(join(directory, 'assets', 'a-12345678.css'), 'x');
    await writeFile(join(directory, 'assets', '.hidden.js'), 'x');
    await writeFile(join(directory, 'notes.txt'), 'x');
    await symlink('/etc/passwd', join(directory, 'passwd.html'));
    expect([...(await readScreenFiles(directory)).keys()].sort()).toEqual(['/', '/assets/a-12345678.css', '/index.html']);
  });
});

describe('flags', () => {
  const flags = (argv: string[], env: Record<string, string> = {}) => parseFlags(argv, '/work', { env, platform: 'linux', home: '/home/ada' });
  it('have defaults, take the environment, and the command line wins', () => {
    expect(flags([])).toEqual({
      dataDir: '/home/ada/.local/share/roost',
      configFile: undefined,
      port: undefined,
      host: '127.0.0.1',
      open: false,
      logLevel: 'info',
    });
    expect(flags([], { ROOST_DATA_DIR: 'd', ROOST_CONFIG: 'c.yaml', ROOST_PORT: '81', ROOST_LOG_LEVEL: 'debug' })).toMatchObject({
      dataDir: '/work/d',
      configFile: '/work/c.yaml',
      port: 81,
      logLevel: 'debug',
    });
    expect(flags(['--data-dir', '/x y', '--port', '0', '--host', '::1', '--open'], { ROOST_PORT: '81' })).toMatchObject({
      dataDir: '/x y',
      port: 0,
      host: '::1',
      open: true,
    });
    expect(flags(['--no-open', '--port', 'auto', '--host', 'localhost'])).toMatchObject({ open: false, port: 'auto', host: '127.0.0.1' });
  });
  it.each([
    ['--host', '0.0.0.0'],
    ['--host', '::'],
    ['--host', '192.168.0.1'],
    ['--host', ''],
    ['--host', '127.0.0.1.evil'],
    ['--port', '70000'],
    ['--port', '-1'],
    ['--port', 'x'],
    ['--port', '1e3'],
    ['--nonsense'],
    ['word'],
    ['--data-dir', ''],
    ['--data-dir', 'a\0b'],
    ['--token', 'x'],
  ])('%j is refused', async (...argv) => {
    expect(await codeOf(() => flags(argv))).toBe('bad-request');
  });
  it('0.0.0.0 is refused in words that say why', () => {
    expect(() => flags(['--host', '0.0.0.0'])).toThrow(
      '--host must be a loopback address (127.0.0.1, ::1 or localhost), got "0.0.0.0": Roost never listens for other machines',
    );
  });
  it('the ready line splits by blanks', () => {
    expect(readyLine('http://127.0.0.1:1/', '/data', 7)).toBe('roost ready url=http://127.0.0.1:1/ data-dir=/data pid=7');
    expect(readyLine('http://127.0.0.1:1/', '/my data', 7)).toBe('roost ready url=http://127.0.0.1:1/ data-dir="/my data" pid=7');
  });
});

describe('answers', () => {
  it('carry what the code asks for', () => {
    expect(errorAnswer(new RoostError('rate-limited', 'x', { retryAfterMs: 10 }))).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
    expect(errorAnswer(new RoostError('circuit-open', 'x', { retryAfterMs: 4_100 }))).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    expect(errorAnswer(new TypeError('secret'))).toEqual({
      status: 500,
      headers: {},
      body: { success: false, error: { code: 'internal', message: expect.not.stringContaining('secret') } },
    });
  });
});

describe('events of a turn', () => {
  it('tell only what changed, the text by pieces, the end last', () => {
    const kinds = (before: Parameters<typeof fakeTurn>[0] | undefined, after: Parameters<typeof fakeTurn>[0]): unknown[] =>
      eventsBetween(before === undefined ? undefined : fakeTurn(before), fakeTurn(after)).map(({ event, data }) => [
        event,
        (data as Record<string, unknown>)['offset'] ?? (data as Record<string, unknown>)['progress'] ?? (data as Record<string, unknown>)['status'],
      ]);
    expect(kinds(undefined, {})).toEqual([['state', 'queued']]);
    expect(kinds({}, {})).toEqual([]);
    expect(kinds({ text: 'ab' }, { text: 'abc' })).toEqual([['text', 2]]);
    expect(kinds({ text: 'ab' }, { text: 'x' })).toEqual([['text', 0]]);
    expect(kinds({ text: 'ab' }, { text: '' })).toEqual([['text', 0]]);
    expect(kinds({ status: 'running' }, { status: 'done', text: 'x', progress: 'p' })).toEqual([
      ['progress', 'p'],
      ['text', 0],
      ['state', 'done'],
    ]);
    expect(kinds(undefined, { status: 'failed' })).toEqual([['state', 'failed']]);
  });
});
