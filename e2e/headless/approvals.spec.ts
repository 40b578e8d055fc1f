import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, expect, test } from '@playwright/test';
// @ts-expect-error plain JavaScript of the set-up scripts, shared so that both find the same browser
import { findChromium } from '../../scripts/lib/setup.mjs';
import { browserArgs } from '../support/fixture.js';
import { Host, type RestClient, root } from '../support/host.js';
import { until } from '../support/processes.js';

const agent = new URL('../fixtures/agents/asks.mjs', import.meta.url).pathname;
const config = `
templates:
  asks: { protocol: acp, command: [node, ${JSON.stringify(agent)}], rules: { allow: [[node, --eval, "1"]], block: [[git, push, "..."]] } }
pool: { template: asks, size: 1 }
sessions: { startsPerMinute: 1000 }
`;

/** The last of them reads in the audit log what the ones before did. */
test.describe('approvals', () => {
  test.describe.configure({ mode: 'serial' });
  const host = new Host({ config });
  let api: RestClient;
  let session: string;
  let workspace: string;
  test.beforeAll(async () => {
    api = await host.up();
    session = await api.session('ada');
    workspace = join(host.dataDir, 'workspaces', (await api.get(`/api/session/${session}`)).body.session.agentId);
  });
  test.afterAll(() => host.dispose());

  const ask = async (...lines: readonly (string | object)[]): Promise<string> => {
    const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
    return (await api.post(`/api/session/${session}/turns`, { text })).body.turnId;
  };
  const run = (command: string, args: readonly string[] = []): object => ({ method: 'terminal/create', params: { command, args } });
  const wait = { method: 'terminal/wait_for_exit', params: { terminalId: '$last' } };
  const output = { method: 'terminal/output', params: { terminalId: '$last' } };
  const pending = async (): Promise<{ id: string; title: string; turnId: string }> =>
    until('a question', async () => (await api.get('/api/approvals')).body.pending[0]);
  const roost = (...args: readonly string[]) => {
    const done = spawnSync(process.execPath, [join(root, 'dist/main/roost.js'), ...args, '--data-dir', host.dataDir], { encoding: 'utf8', timeout: 20_000 });
    return { code: done.status, out: done.stdout + done.stderr };
  };
  const answers = (text: string): unknown[] =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));

  test('a safe command runs at once; one that the config forbids never does', async () => {
    writeFileSync(join(workspace, 'hello.txt'), 'hello\n');
    const turn = await api.turn(await ask(run('cat', ['hello.txt']), wait, output, run('git', ['push', 'x']), run('rm -rf /')));
    const [, exit, printed, pushed, removed] = answers(turn.text) as { message?: string }[];
    expect(exit).toMatchObject({ exitCode: 0 });
    expect(printed).toMatchObject({ output: 'hello\n', truncated: false, exitStatus: { exitCode: 0 } });
    expect(pushed?.message).toContain('the config forbids it');
    expect(removed?.message).toContain('never runs this');
    expect(turn.work.tokens).toEqual({ input: 7, output: 5 });
  });

  test('a dangerous one waits for a person: turn and session say so, REST allows it, and once only', async () => {
    const id = await ask(run('touch', ['made']), wait);
    const { id: approval, title, turnId } = await pending();
    expect([title, turnId]).toEqual(['touch made', id]);
    await expect.poll(async () => (await api.get(`/api/turns/${id}`)).body.turn.status).toBe('waiting-human');
    await expect.poll(async () => (await api.get(`/api/session/${session}`)).body.session.status).toBe('waiting-human');
    expect(readdirSync(workspace)).not.toContain('made');
    expect(await api.post(`/api/approvals/${approval}`, { decision: 'perhaps' })).toMatchObject({ status: 400, body: { error: { field: 'decision' } } });
    expect((await api.post(`/api/approvals/${approval}`, { decision: 'allow' })).body.approval).toMatchObject({ status: 'allowed', decidedBy: 'rest' });
    expect(answers((await api.turn(id)).text)[1]).toMatchObject({ exitCode: 0 });
    expect(readdirSync(workspace)).toContain('made');
    expect(await api.post(`/api/approvals/${approval}`, { decision: 'allow' })).toMatchObject({ status: 409, body: { error: { code: 'conflict' } } });
    await expect.poll(async () => (await api.get(`/api/session/${session}`)).body.session.status).toBe('ready');
  });

  test('the command line lists, shows, denies and allows', async () => {
    const denied = await ask('permission delete everything');
    const first = await pending();
    expect(roost('approvals').out).toContain('delete everything');
    expect(roost('approvals', 'show', first.id).out).toContain('delete everything');
    expect(roost('approvals', 'deny', first.id)).toMatchObject({ code: 0 });
    expect(answers((await api.turn(denied)).text)).toEqual([{ outcome: 'selected', optionId: 'no' }]);
    const allowed = await ask('permission go on');
    expect(roost('approvals', 'allow', (await pending()).id)).toMatchObject({ code: 0 });
    expect(answers((await api.turn(allowed)).text)).toEqual([{ outcome: 'selected', optionId: 'yes' }]);
    expect(roost('approvals', 'allow', 'a-nobody')).toMatchObject({ code: 1 });
    expect(roost('approvals', 'dance')).toMatchObject({ code: 2 });
  });

  test('the screen asks, in its own page and inside the conversation', async () => {
    const browser = await chromium.launch({ executablePath: findChromium(), args: browserArgs });
    try {
      const page = await browser.newPage();
      await page.goto((await api.post('/api/ticket')).body.url);
      const nav = page.getByRole('navigation', { name: 'Pages' });
      const allowed = await ask('permission <img src=x onerror=alert(1)> go on');
      await nav.getByRole('link', { name: /^Approvals 1/ }).click();
      const card = page.getByRole('region', { name: /asks to go on <img src=x/ });
      await card.getByRole('button', { name: 'Allow once' }).click();
      expect(answers((await api.turn(allowed)).text)).toEqual([{ outcome: 'selected', optionId: 'yes' }]);
      await expect(page.getByRole('region', { name: 'Decided' }).getByText('by screen')).toBeVisible();
      await page.goto(new URL(`#/sessions/${session}`, page.url()).href);
      const denied = await ask(run('touch', ['never']));
      await page
        .getByRole('region', { name: /wants to run touch never/ })
        .getByRole('button', { name: 'Deny' })
        .click();
      expect((answers((await api.turn(denied)).text)[0] as { message: string }).message).toContain('a person denied it');
      expect(readdirSync(workspace)).not.toContain('never');
    } finally {
      await browser.close();
    }
  });

  test('the end of its turn withdraws a question', async () => {
    const cancelled = await ask('permission wait for me');
    const { id } = await pending();
    await api.call('DELETE', `/api/turns/${cancelled}`);
    expect((await api.turn(cancelled)).status).toBe('cancelled');
    expect((await api.get('/api/approvals')).body).toMatchObject({ pending: [] });
    expect(await api.post(`/api/approvals/${id}`, { decision: 'allow' })).toMatchObject({ status: 409 });
  });

  test('files are written inside the workspace and taken back, by REST and by command line', async () => {
    const path = join(workspace, 'hello.txt');
    const write = (to: string, content: string): object => ({ method: 'fs/write_text_file', params: { path: to, content } });
    const id = await ask(
      write(path, 'changed'),
      write(join(workspace, 'sub/new.txt'), 'new'),
      write(join(host.dataDir, 'control.json'), '{}'),
      { method: 'fs/read_text_file', params: { path } },
      { method: 'fs/read_text_file', params: { path: '/etc/passwd' } },
    );
    const results = answers((await api.turn(id)).text) as { message?: string; content?: string }[];
    expect(results[2]?.message).toContain('outside of the workspace');
    expect(results[3]).toEqual({ content: 'changed' });
    expect(results[4]?.message).toContain('outside of the workspace');
    expect((await api.get(`/api/turns/${id}/files`)).body.writes).toMatchObject([{ path, existed: true }, { existed: false }]);
    expect(roost('files', id).out).toContain('hello.txt');
    expect((await api.post(`/api/turns/${id}/rollback`)).body).toMatchObject({ restored: [path], removed: [join(workspace, 'sub/new.txt')], skipped: [] });
    expect(readFileSync(path, 'utf8')).toBe('hello\n');
    expect(roost('rollback', id)).toMatchObject({ code: 0, out: 'nothing to take back\n' });
  });

  test('plan, tool calls and changes are part of the turn', async () => {
    const { work } = await api.turn(await ask('show'));
    expect(work.plan).toEqual([
      { content: 'Read the file', status: 'completed' },
      { content: 'Change it', status: 'in_progress' },
    ]);
    expect(work.tools).toMatchObject([
      { id: 'call-2', title: 'Edit a.ts', kind: 'edit', status: 'completed', places: ['/work/a.ts:1'], diffs: [{ path: '/work/a.ts' }] },
    ]);
  });

  test('a turn is not put to another agent after a command of it ran', async () => {
    const before = (await api.get('/api/audit?act=command.run&limit=500')).body.entries.length;
    const id = await ask(run('touch', ['once']), wait, 'die');
    await api.post(`/api/approvals/${(await pending()).id}`, { decision: 'allow' });
    const turn = await api.turn(id);
    expect(turn).toMatchObject({ status: 'failed', error: { message: expect.stringContaining('Run touch once') } });
    expect((await api.get('/api/audit?act=command.run&limit=500')).body.entries.length).toBe(before + 1);
    // The next agent of that session would be told what was said before; this fixture reads nothing but its own lines.
    session = await api.session('bob');
  });

  test('what ran stands in the log although Roost was killed right after', async () => {
    const id = await ask(run('touch', ['last']));
    await api.post(`/api/approvals/${(await pending()).id}`, { decision: 'allow' });
    await until('the command to be recorded', async () => {
      const [newest] = (await api.get('/api/audit?act=command.run&limit=1')).body.entries;
      return newest.detail.argv.includes('last');
    });
    await host.end('SIGKILL');
    api = await host.up();
    expect((await api.get('/api/audit?act=command.run&limit=1')).body.entries[0].detail.argv).toEqual(['touch', 'last']);
    expect((await api.get('/api/audit/verify')).body).toMatchObject({ ok: true });
    // Where Roost died before the command began, the agent asks anew.
    await until('the turn to be over', async () => (await api.call('DELETE', `/api/turns/${id}`)).status === 200);
  });

  test('all of it is in the audit log, and a changed byte shows', async () => {
    const listed = (await api.get('/api/audit?limit=500')).body.entries.map(({ act }: { act: string }) => act);
    for (const act of ['command.run', 'command.block', 'approval.ask', 'approval.allow', 'approval.deny', 'approval.cancelled', 'file.write', 'files.rollback'])
      expect(listed).toContain(act);
    expect((await api.get('/api/audit?act=approval.allow')).body.entries.map(({ actor }: { actor: string }) => actor)).toEqual([
      'rest',
      'rest',
      'screen',
      'cli',
      'rest',
    ]);
    expect(roost('audit', 'verify')).toMatchObject({ code: 0, out: expect.stringContaining('whole') });
    expect(await host.end()).toBe(0);
    const file = join(host.dataDir, 'audit.jsonl');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('touch made', 'touch fake'));
    api = await host.up();
    const verdict = roost('audit', 'verify');
    expect(verdict).toMatchObject({ code: 1, out: expect.stringMatching(/broken at entry \d+ \(audit\.jsonl, line \d+\): the entry was changed/) });
    writeFileSync(file, text);
  });
});

test('a question that nobody answers expires', async () => {
  const host = new Host({ config: `${config}rules: { patience: 1s }\n` });
  try {
    const api = await host.up();
    const { turnId } = (await api.post(`/api/session/${await api.session('ada')}/turns`, { text: 'permission go on' })).body;
    expect(JSON.parse((await api.turn(turnId)).text)).toEqual({ outcome: 'selected', optionId: 'no' });
    expect((await api.get('/api/approvals')).body).toMatchObject({ pending: [], recent: [{ status: 'expired', turnId }] });
    await expect.poll(async () => (await api.get('/api/audit?act=approval.expired')).body.entries).toHaveLength(1);
  } finally {
    await host.dispose();
  }
});
