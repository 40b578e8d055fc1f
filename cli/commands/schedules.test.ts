import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../run.js';

const one = {
  name: 'report',
  state: 'active',
  why: null,
  sinceMs: null,
  cron: '0 4 * * *',
  everyMs: null,
  tz: 'Europe/Berlin',
  handler: 'command',
  queue: 'maintenance',
  missed: 'once',
  windowMs: null,
  staggerMs: 30_000,
  overlap: 'skip',
  mode: 'run',
  origin: 'file',
  revision: 'r7',
  next: [1_700_003_600_000],
  inLine: 0,
  open: 0,
  lastRun: null,
};

let dir: string;
let server: Server;
let replies: Record<string, object>;
let seen: { path: string; body: unknown }[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'roost-cli-'));
  replies = { 'GET /api/schedules': { schedules: [one], nowMs: 1_700_000_000_000 } };
  seen = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      const path = `${request.method} ${request.url}`;
      seen.push({ path, body: body === '' ? undefined : JSON.parse(body) });
      const reply = replies[path];
      response
        .writeHead(reply === undefined ? 404 : 200, { 'content-type': 'application/json' })
        .end(JSON.stringify(reply ?? { success: false, error: { code: 'not-found', message: `nothing at ${path}` } }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  await writeFile(join(dir, 'control.json'), JSON.stringify({ url, token: 't', pid: process.pid, startedAt: 'now' }));
});
afterEach(async () => {
  server.close();
  await rm(dir, { recursive: true, force: true });
});

async function roost(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await runCli(
    {
      env: { ROOST_DATA_DIR: dir },
      platform: 'linux',
      home: dir,
      cwd: dir,
      version: '0',
      nodeVersion: 'v22.0.0',
      colour: false,
      openLink: undefined,
      signal: new AbortController().signal,
      write: (text) => {
        out += text;
      },
      err: (text) => {
        err += `${text}\n`;
      },
      pidAlive: () => true,
    },
    argv,
  );
  return { code, out, err };
}

describe('roost schedules', () => {
  it('lists them with the next run in both ways', async () => {
    const { out } = await roost('schedules');
    expect(out).toContain('report  active  0 4 * * * Europe/Berlin  in 1 h 0 m');
    expect(out).toContain('2023-11-14 23:13:20');
  });
  it('set changes what is named, keeps the rest and names the revision it saw', async () => {
    replies['GET /api/schedules/report'] = { schedule: one, draft: { cron: '0 4 * * *', handler: 'command', data: { argv: ['x'] } }, runs: [], nowMs: 1 };
    replies['PUT /api/schedules/report'] = { schedule: { ...one, cron: null, everyMs: 300_000 }, created: false };
    expect((await roost('schedules', 'set', 'report', '--every', '5m', '--overlap', 'queue')).out).toContain('report is changed: every 5 m 0 s');
    expect(seen.at(-1)?.body).toEqual({ every: '5m', handler: 'command', data: { argv: ['x'] }, overlap: 'queue', revision: 'r7' });
  });
  it('run hands on data that are an object, and refuses others before asking', async () => {
    replies['POST /api/schedules/report/run'] = {
      run: {
        id: 'h',
        kind: 'by-hand',
        dueMs: null,
        atMs: 1,
        outcome: 'waiting',
        queue: 'maintenance',
        jobId: 'schedule.report.h',
        startedAtMs: null,
        endedAtMs: null,
        note: null,
      },
    };
    expect((await roost('schedules', 'run', 'report', '--data', '{"a":1}')).out).toContain('schedule.report.h');
    expect(seen.at(-1)?.body).toEqual({ data: { a: 1 } });
    expect(await roost('schedules', 'run', 'report', '--data', '[1]')).toMatchObject({ code: 2 });
    expect(seen.length).toBe(1);
  });
  it('import sends the file and shows what comes of each line', async () => {
    await writeFile(join(dir, 'beat.py'), 'beat_schedule = {}');
    const row = { source: "'a': t.x", name: 'a', verdict: 'create', why: null, draft: { every: '5m', handler: 'http' }, next: [1_700_003_600_000] };
    replies['POST /api/schedule/import'] = {
      rows: [row, { ...row, name: null, verdict: 'cannot', why: 'goes by the sun', draft: null, next: [] }],
      tz: 'UTC',
      import: null,
      nowMs: 1,
    };
    const { out } = await roost('schedules', 'import', '--celery', 'beat.py', '--dry-run', '--app', 'proj', '--map', 't.x=http');
    expect(out).toContain('1 would be created, 1 not (dry run)');
    expect(out).toContain('goes by the sun');
    expect(seen.at(-1)?.body).toEqual({ format: 'celery', text: 'beat_schedule = {}', dryRun: true, mode: 'shadow', app: 'proj', handlers: { 't.x': 'http' } });
  });
  it.each([
    [['schedules', 'import'], 2],
    [['schedules', 'import', '--celery', 'a', '--crontab', 'b'], 2],
    [['schedules', 'import', '--celery', 'missing.py'], 1],
    [['schedules', 'pause'], 2],
    [['schedules', 'wink', 'x'], 2],
    [['schedules', 'set', 'report'], 2],
    [['schedules', 'export'], 2],
    [['schedules', 'pause', 'nobody'], 1],
  ])('%j ends with %i', async (argv, code) => {
    replies['GET /api/schedules/report'] = { schedule: one, draft: {}, runs: [], nowMs: 1 };
    expect((await roost(...argv)).code).toBe(code);
  });
  it('export writes the text alone to stdout', async () => {
    replies['GET /api/schedule/export?format=crontab'] = { text: '0 4 * * * x\n', left: [{ name: 'a', why: 'cannot' }] };
    expect(await roost('schedules', 'export', '--crontab')).toEqual({ code: 0, out: '0 4 * * * x\n', err: 'left out: a cannot\n' });
  });
});
