import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TurnView } from '../contract/state.js';
import { healthOf, poolOf, processOf } from '../contract/test-state.js';
import { turnOf } from '../contract/test-turn.js';
import { checkNode } from './commands/doctor.js';
import { checkDataDir, checkMemory, checkOpenFiles, judgeProviders } from './commands/doctor-machine.js';
import type { Context } from './context.js';
import { bytes, duration, printable, table } from './format.js';
import { runCli } from './run.js';

const token = 'canary-token';
const health = {
  ...healthOf({ errorRate: 0.125, uptimeMs: 3_661_000, version: '0.1.0' }),
  reasons: [] as object[],
  sessions: { pool: 3, target: 3, starting: 0, active: 1, waiting: 0, capacity: 50 },
  queues: { turns: { waiting: 12, active: 1, delayed: 0, failed: 0, completed: 9, oldestWaitingMs: 120, workers: 1 } },
};
const redis = processOf({
  name: 'redis',
  kind: 'redis',
  detail: 'answers \u001b[31mred',
  pid: 99,
  startedAtMs: 1,
  readyAtMs: 2,
  uptimeMs: 61_000,
  rssBytes: 8_388_608,
  cpuPercent: 0,
});
const entry = {
  id: 's-1',
  userId: 'ada',
  status: 'ready',
  agentId: 'agent-1',
  agentPid: 7,
  template: 'builtin',
  tier: 'free',
  createdAt: 1_700_000_000_000,
  startupMs: 80,
  prewarmed: true,
  lastTurnAt: null,
  turns: 2,
};
const turn = (changes: Partial<TurnView>): TurnView => turnOf({ id: 't-1', sessionId: 's-1', prompt: 'x', createdAt: 1, ...changes });

interface Seen {
  readonly verb: string;
  readonly path: string;
  readonly body: unknown;
  readonly authorization: string | undefined;
}
type Reply = { readonly status?: number; readonly body?: object; readonly events?: readonly (readonly [string, object])[] };

let dataDir: string;
let server: Server;
let seen: Seen[];
let replies: Record<string, Reply>;

const slotless = poolOf();

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  seen.push({
    verb: request.method ?? '',
    path: request.url ?? '',
    body: text === '' ? undefined : JSON.parse(text),
    authorization: request.headers.authorization,
  });
  const reply = replies[`${request.method} ${request.url}`] ?? {
    status: 404,
    body: { success: false, error: { code: 'not-found', message: `there is nothing at ${request.url}` } },
  };
  if (reply.events !== undefined) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(': hello\n\n');
    for (const [event, data] of reply.events) response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    response.end();
    return;
  }
  response.writeHead(reply.status ?? 200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(reply.body === undefined ? { success: true } : { success: true, ...reply.body }));
}

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'roost cli-'));
  seen = [];
  replies = {
    'GET /api/health': { body: health },
    'GET /api/processes': { body: { processes: [redis] } },
    'POST /api/processes/redis/restart': { status: 202, body: { accepted: true, message: 'redis restarts' } },
    'GET /api/processes/redis/logs?lines=3': {
      body: { lines: [{ seq: 4, atMs: 1_700_000_000_000, stream: 'out', text: 'ready\u001b]52;c;x\u0007' }], dropped: 0, lastSeq: 9, truncated: false },
    },
    'POST /api/session/start': { body: { sessionId: 's-1', status: 'ready', message: 'warm', prewarmed: true } },
    'GET /api/sessions?page=1&pageSize=200': { body: { sessions: [entry], total: 1, page: 1, pageSize: 200 } },
    'GET /api/session/s-1': { body: { session: entry } },
    'POST /api/session/stop': {},
    'POST /api/session/s-1/turns': { status: 202, body: { turnId: 't-1', status: 'queued', position: 2, estimatedWaitMs: 45_000 } },
    'POST /api/turns/t-1/feedback': { body: { recorded: true, counted: true, reward: 0.75 } },
    'GET /api/pool': { body: slotless },
    'POST /api/pool/resize': { body: { target: 5 } },
    'POST /api/ticket': { body: { ticket: 'tick', url: 'http://127.0.0.1:1/#ticket=tick', expiresInMs: 300_000 } },
  };
  server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await control({});
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(dataDir, { recursive: true, force: true });
});

const control = (changes: object): Promise<void> =>
  writeFile(
    join(dataDir, 'control.json'),
    JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, token, pid: process.pid, startedAt: 'now', ...changes }),
  );

async function roost(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const context: Context = {
    env: { ROOST_DATA_DIR: dataDir, PATH: process.env['PATH'] },
    platform: 'linux',
    home: '',
    cwd: '/',
    version: '0.1.0',
    nodeVersion: 'v22.1.0',
    colour: false,
    openLink: undefined,
    signal: new AbortController().signal,
    write: (text) => {
      out += text;
    },
    err: (text) => {
      err += `${text}\n`;
    },
    pidAlive: (pid) => pid === process.pid,
  };
  const code = await runCli(context, argv);
  return { code, out, err };
}

describe('commands', () => {
  it('status shows health, queues and processes', async () => {
    const { code, out } = await roost('status');
    expect(code).toBe(0);
    expect(out).toMatch(/^healthy {2}up 1 h 1 m, version 0.1.0, http/);
    expect(out).toContain('3 of 3 warm');
    expect(out).toContain('12.5 %');
    expect(out).toMatch(/\nQUEUE +WAITING +ACTIVE/);
    expect(out).toContain('answers [31mred');
    expect(seen.every((request) => request.authorization === `Bearer ${token}`)).toBe(true);
    expect(JSON.parse((await roost('status', '--json')).out)).toMatchObject({ status: 'healthy', processes: [{ name: 'redis' }] });
  });

  it.each(['degraded', 'down'])('status of %s is exit code 4 with the reasons', async (status) => {
    replies['GET /api/health'] = {
      body: {
        ...health,
        status,
        required: { redis: true, api: true, worker: false },
        reasons: [{ code: 'worker-down', process: 'worker-turns', message: 'is not running', runbook: 'worker-down' }],
      },
    };
    const { code, out } = await roost('status');
    expect(code).toBe(4);
    expect(out).toContain('worker-down worker-turns: is not running');
    expect(out).toContain('missing: worker');
    expect((await roost('doctor')).code).toBe(4);
  });

  it.each<[string[], string, unknown, string]>([
    [['restart', 'redis'], 'POST /api/processes/redis/restart', {}, 'redis restarts\n'],
    [['logs', 'redis', '-n', '3'], 'GET /api/processes/redis/logs?lines=3', undefined, '22:13:20.000 ready]52;c;x\n'],
    [['session', 'start', '--user', 'ada', '--template', 'builtin'], 'POST /api/session/start', { userId: 'ada', template: 'builtin' }, 's-1  ready  warm\n'],
    [['session', 'stop', 's-1'], 'POST /api/session/stop', { sessionId: 's-1' }, 's-1 stopped\n'],
    [
      ['ask', '--session', 's-1', 'what', 'is 2+2?', '--intent', 'maths'],
      'POST /api/session/s-1/turns',
      { text: 'what is 2+2?', intent: 'maths' },
      't-1  queued  number 2 in line, about 45 s\n',
    ],
    [['feedback', 't-1', '--rating', '4', '--comment', 'good'], 'POST /api/turns/t-1/feedback', { rating: 4, comment: 'good' }, 'thank you: reward 0.75\n'],
    [['pool', 'resize', '5'], 'POST /api/pool/resize', { size: 5 }, '5 agents will be kept warm\n'],
    [['open'], 'POST /api/ticket', {}, 'http://127.0.0.1:1/#ticket=tick\n'],
  ])('%j', async (argv, request, body, out) => {
    const result = await roost(...argv);
    expect(result).toEqual({ code: 0, out, err: '' });
    expect(seen.map(({ verb, path }) => `${verb} ${path}`)).toEqual([request]);
    expect(seen[0]?.body).toEqual(body);
  });

  it('session list and show, and the pool, as tables', async () => {
    expect((await roost('session', 'list')).out).toMatch(/^SESSION {2}USER.*\ns-1 +ada +ready +agent-1 +7 +2 +80 ms\n$/);
    expect((await roost('session', 'show', 's-1')).out).toContain('agent       agent-1 (pid 7)\n');
    expect((await roost('pool')).out).toMatch(/^3 of 3 warm \(builtin\)/);
    expect((await roost('pool', 'show')).code).toBe(0);
    const one = { target: 3, wanted: 1, ready: 1, starting: 0, assigned: 0, estimateBytes: 40 * 1024 ** 2, trouble: null };
    const failing = { ...one, template: 'mine', ready: 0, trouble: 'Agents of template mine do not start: no key.', retryAtMs: 1_795_341_600_000 };
    replies['GET /api/pool'] = { body: { ...slotless, trouble: failing.trouble, templates: [{ ...one, template: 'builtin' }, failing] } };
    const { out } = await roost('pool');
    expect(out).toContain('Agents of template mine do not start: no key. Next try at 10:00:00 UTC.\n');
    expect(out.match(/do not start/g)).toHaveLength(1);
    expect(out).toMatch(/builtin +1 +1 +3 +0 +0 +40/);
    replies['GET /api/pool'] = { body: slotless };
    expect(JSON.parse((await roost('pool', '--json')).out)).toMatchObject({ target: 3 });
  });
});

describe('ask --wait', () => {
  const events = (...list: (readonly [string, object])[]): void => {
    replies['GET /api/turns/t-1/events'] = { events: list };
  };
  const state = (changes: Partial<TurnView>): readonly [string, object] => ['state', { status: changes.status, turn: turn(changes) }];

  it('prints the answer as it comes', async () => {
    events(
      state({ status: 'running' }),
      ['progress', { progress: 'thinking' }],
      ['text', { offset: 0, text: 'fo' }],
      ['text', { offset: 2, text: 'ur\n\u001b[2J' }],
      state({ status: 'done', text: 'four' }),
    );
    expect(await roost('ask', '--session', 's-1', '2+2', '--wait')).toEqual({ code: 0, out: 'four\n[2J\n', err: '' });
  });
  it('says why a turn failed', async () => {
    events(['text', { offset: 0, text: 'half' }], state({ status: 'failed', error: { code: 'agent-died', message: 'the agent died 3 times' } }));
    expect(await roost('ask', '--session', 's-1', '2+2', '--wait')).toEqual({
      code: 1,
      out: 'half\n',
      err: 'roost: turn t-1 failed: the agent died 3 times\n',
    });
  });
  it('does not take a broken stream for an end', async () => {
    events(state({ status: 'running' }));
    const { code, err } = await roost('ask', '--session', 's-1', '2+2', '--wait');
    expect(code).toBe(1);
    expect(err).toContain('before turn t-1 had ended');
  });
  it('gives the whole turn as JSON', async () => {
    events(['text', { offset: 0, text: 'four' }], state({ status: 'done', text: 'four' }));
    expect(JSON.parse((await roost('ask', '--session', 's-1', '2+2', '--wait', '--json')).out)).toMatchObject({ id: 't-1', status: 'done', text: 'four' });
  });
});

describe('exit codes', () => {
  it.each<[string[], RegExp]>([
    [[], /which command/],
    [['fly'], /no command "fly"/],
    [['up'], /usage: roost up/],
    [['status', 'now'], /usage: roost status/],
    [['status', '--colour'], /usage: roost status/],
    [['restart'], /usage: roost restart/],
    [['logs', 'redis', '-f', '--until', '1m'], /--until and -f exclude each other/],
    [['logs', 'redis', '-n', '0'], /-n must be a whole number from 1 to 5000, got "0"/],
    [['session'], /usage: roost session start/],
    [['session', 'constructor'], /usage: roost session start/],
    [['session', 'start'], /--user is needed/],
    [['ask', 'hello'], /--session is needed/],
    [['ask', '--session', 's-1'], /usage: roost ask/],
    [['feedback', 't-1', '--rating', '6'], /--rating must be a whole number from 1 to 5/],
    [['pool', 'resize', 'many'], /N must be a whole number/],
    [['pool', 'grow'], /usage: roost pool/],
    [['status', '--token', 'x'], /usage: roost status/],
  ])('%j is bad usage: 2', async (argv, message) => {
    const { code, err } = await roost(...argv);
    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
    expect(seen).toEqual([]);
  });

  it('a refusal of the host is one line and 1', async () => {
    expect(await roost('restart', 'nobody')).toEqual({ code: 1, out: '', err: 'roost: there is nothing at /api/processes/nobody/restart\n' });
    replies['POST /api/pool/resize'] = { status: 500, body: {} };
    expect((await roost('pool', 'resize', '5')).code).toBe(1);
    replies['GET /api/pool'] = { body: { other: 'shape' } };
    expect((await roost('pool')).err).toContain('same version');
  });

  it.each<[string, () => Promise<void>]>([
    ['no control file', () => rm(join(dataDir, 'control.json'))],
    ['a broken one', () => writeFile(join(dataDir, 'control.json'), '{"url":')],
    ['one of a dead host', () => control({ pid: 999_999_999 })],
    ['one of a host that does not listen', () => control({ url: 'http://127.0.0.1:1/' })],
    ['one that points elsewhere', () => control({ url: `http://0.0.0.0:${(server.address() as AddressInfo).port}/` })],
  ])('%s: 3', async (_name, prepare) => {
    await prepare();
    const { code, err } = await roost('status');
    expect(code).toBe(3);
    expect(err).toMatch(/^roost: no host .*: start one with roost up(, or name the data directory .*)?\n$/);
    expect(seen).toEqual([]);
  });

  it('help and version are 0', async () => {
    const { code, out } = await roost('help');
    expect(code).toBe(0);
    for (const name of ['up', 'status', 'doctor', 'start', 'stop', 'restart', 'logs', 'session', 'ask', 'feedback', 'pool', 'open'])
      expect(out).toContain(`roost ${name}`);
    expect(await roost('--version')).toEqual({ code: 0, out: '0.1.0\n', err: '' });
  });
});

describe('doctor', () => {
  it('looks at the machine also without a host', async () => {
    await rm(join(dataDir, 'control.json'));
    const { out } = await roost('doctor', '--json');
    const { checks } = JSON.parse(out) as { checks: { check: string; verdict: string }[] };
    expect(checks.map((check) => check.check)).toEqual(['node', 'redis-server', 'data directory', 'disk', 'memory', 'host']);
    expect(checks.find((check) => check.check === 'host')?.verdict).toBe('note');
  });
  it('finds out by doing whether the data directory can be used', async () => {
    expect(await checkDataDir(join(dataDir, 'new', 'deep'))).toMatchObject({ verdict: 'ok', found: expect.stringContaining('will be made') });
    await writeFile(join(dataDir, 'file'), '');
    expect(await checkDataDir(join(dataDir, 'file'))).toMatchObject({ verdict: 'problem', found: expect.stringContaining('is no directory') });
    if (process.platform === 'linux')
      expect(await checkDataDir('/proc/roost')).toMatchObject({ verdict: 'problem', advice: expect.stringContaining('--data-dir') });
  });
  it('says what to do about little memory, few open files and a provider that does not answer', () => {
    expect(checkMemory(8 * 1024 ** 3).verdict).toBe('ok');
    expect(checkMemory(300 * 1024 ** 2)).toMatchObject({ verdict: 'problem', advice: expect.stringContaining('pool.size') });
    expect(checkOpenFiles('Max open files            1024                 1024                 files')).toEqual([]);
    expect(checkOpenFiles('')).toEqual([]);
    expect(checkOpenFiles('Max open files            256                  256                  files')[0]?.advice).toContain('ulimit -n 1024');
    const down = { name: 'ollama', state: 'paused', problem: 'connect ECONNREFUSED 127.0.0.1:11434' } as const;
    expect(judgeProviders([down, { ...down, name: 'b', state: 'up' }], false)).toMatchObject([{ check: 'provider ollama', verdict: 'note' }]);
    expect(judgeProviders([down], true)).toMatchObject([{ verdict: 'problem', found: expect.stringContaining('ECONNREFUSED') }]);
  });
  it.each([
    ['v20.19.0', 'ok'],
    ['v22.0.0', 'ok'],
    ['v20.18.9', 'problem'],
    ['v18.20.0', 'problem'],
  ])('node %s: %s', (version, verdict) => {
    expect(checkNode(version).verdict).toBe(verdict);
  });
});

describe('layout', () => {
  it('aligns words left and numbers right', () => {
    expect(
      table(
        ['NAME', 'N'],
        [
          ['a', 1],
          ['long', 200],
        ],
      ),
    ).toEqual(['NAME    N', 'a       1', 'long  200']);
    expect(table(['A', 'B'], [])).toEqual(['A  B']);
    expect(table(['A', 'B'], [[null, 'x']])).toEqual(['A  B', '-  x']);
  });
  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [59_999, '59 s'],
    [61_000, '1 m 1 s'],
    [90_000_000, '25 h 0 m'],
    [200_000_000, '2 d 7 h'],
  ])('%d ms is %s', (ms, text) => expect(duration(ms)).toBe(text));
  it.each([
    [0, '0 B'],
    [1_536, '1.5 KB'],
    [8_388_608, '8.0 MB'],
  ])('%d bytes is %s', (count, text) => expect(bytes(count)).toBe(text));
  it('keeps terminal commands out', () => {
    expect(printable('a\u001b[31mb\u009b2Jc\u0007\u202ed\ne\tf')).toBe('a[31mb2Jcd e\tf');
    expect(printable('a\r\nb\u0000', true)).toBe('a\nb');
  });
});
