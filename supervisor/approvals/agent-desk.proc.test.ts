import { chmod, mkdir, readFile, realpath, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { isAlive, openBench, type TestBench, until } from '../process/test-children.js';
import { AgentDesk, type TurnContext } from './agent-desk.js';
import { Approvals } from './approvals.js';
import { AuditLog } from './audit-log.js';
import { WriteJournal } from './files/write-journal.js';
import type { CommandRules } from './rules/classify.js';

let bench: TestBench;
let work: string;
let data: string;
let audit: AuditLog;
let approvals: Approvals;
let rules: CommandRules;
let desk: AgentDesk;
let abort: AbortController;
let waiting: boolean[];

beforeEach(async () => {
  bench = await openBench();
  data = await realpath(bench.dataDir);
  work = join(data, 'workspaces', 'agent-1');
  await mkdir(work, { recursive: true });
  rules = { allow: [], block: [] };
  audit = new AuditLog({ dataDir: data, clock: systemClock, log: silentLog });
  let id = 0;
  approvals = new Approvals({ audit, clock: systemClock, newId: () => `a${++id}`, patienceMs: () => 30_000 });
  abort = new AbortController();
  waiting = [];
  desk = new AgentDesk(
    {
      approvals,
      audit,
      journal: new WriteJournal({ dir: join(data, 'rollback'), clock: systemClock }),
      launcher: bench.launcher,
      clock: systemClock,
      rules: () => rules,
      commandDeadlineMs: () => 30_000,
      dataDir: data,
    },
    { agentId: 'agent-1', template: 'x', cwd: work },
  );
});
afterEach(async () => {
  await desk.close();
  await audit.close();
  await bench.close();
});

const turn = (): TurnContext => ({ turnId: 't1', sessionId: 's1', signal: abort.signal, onWaiting: (now) => void waiting.push(now) });
const run = (command: string, args: readonly string[] = [], more: { readonly env?: Record<string, string>; readonly cwd?: string } = {}): Promise<string> =>
  desk.run({ command, args, env: more.env ?? {}, cwd: more.cwd ?? null }, null, turn()).then(({ terminalId }) => terminalId);
const acts = async (): Promise<string[]> => (await audit.list({ limit: 500 })).entries.map(({ act }) => act).reverse();
const asked = async (): Promise<string> => {
  await until('it came', () => approvals.pending.length > 0);
  return approvals.pending[0]?.id as string;
};

describe('commands', () => {
  it('a safe one runs at once in the workspace, recorded before it starts', async () => {
    await writeFile(join(work, 'a.txt'), 'hello\n');
    const id = await run('cat', ['a.txt']);
    expect(await desk.terminals.wait(id)).toEqual({ exitCode: 0, signal: null });
    expect(desk.terminals.read(id)).toMatchObject({ output: 'hello\n', truncated: false, exit: { exitCode: 0 } });
    expect((await audit.list({ limit: 9 })).entries).toMatchObject([
      { act: 'command.run', actor: 'agent', detail: { argv: ['cat', 'a.txt'], class: 'safe', rule: 'listed', cwd: work, turn: 't1' } },
    ]);
  });

  it('nothing that leaves something behind begins before that is written down, and what only looks needs no record', async () => {
    rules = { allow: [['touch', '...']], block: [] };
    const begun: string[] = [];
    const context = (begins: () => Promise<void>): TurnContext => ({ ...turn(), begins });
    const lost = context(async () => Promise.reject(new Error('Redis is away')));
    const touch = { command: 'touch', args: ['made'], env: {}, cwd: null };
    await expect(desk.run(touch, null, lost)).rejects.toThrow('Redis is away');
    await expect(desk.writeText(join(work, 'written'), 'x', lost)).rejects.toThrow('Redis is away');
    await expect(readFile(join(work, 'made'))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(readFile(join(work, 'written'))).rejects.toMatchObject({ code: 'ENOENT' });
    const noted = context(async () => void begun.push('begins'));
    await desk.terminals.wait((await desk.run(touch, null, noted)).terminalId);
    await desk.terminals.wait((await desk.run({ ...touch, command: 'ls', args: [] }, null, noted)).terminalId);
    expect(begun).toEqual(['begins']);
  });

  it('a turn that ends while its command or file is written down gets neither', async () => {
    rules = { allow: [['touch', '...']], block: [] };
    // The last that happens before the start.
    const over: TurnContext = { ...turn(), begins: async () => abort.abort() };
    await expect(desk.run({ command: 'touch', args: ['made'], env: {}, cwd: null }, null, over)).rejects.toMatchObject({ code: 'cancelled' });
    abort = new AbortController();
    const late: TurnContext = { ...turn(), begins: async () => abort.abort() };
    await expect(desk.writeText(join(work, 'written'), 'x', late)).rejects.toMatchObject({ code: 'cancelled' });
    expect(await acts()).toEqual(['command.run', 'command.refuse', 'file.write', 'file.refuse']);
    for (const name of ['made', 'written']) await expect(readFile(join(work, name))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('a dangerous one waits, says so, and runs exactly as it was allowed', async () => {
    const script = join(work, 'build.sh');
    await writeFile(script, '#!/bin/sh\necho "built $1 $WHO"\n', { mode: 0o755 });
    const started = run('./build.sh', ['it; rm -rf x'], { env: { WHO: 'me' } });
    const id = await asked();
    await until('it says so', () => waiting.length > 0);
    expect(waiting).toEqual([true]);
    expect(approvals.pending[0]?.command).toMatchObject({ argv: ['./build.sh', 'it; rm -rf x'], cwd: work, envNames: ['WHO'], program: script });
    await approvals.decide(id, 'allow');
    const terminal = await started;
    await desk.terminals.wait(terminal);
    expect(desk.terminals.read(terminal).output).toBe('built it; rm -rf x me\n');
    expect(waiting).toEqual([true, false]);
    expect(await acts()).toEqual(['approval.ask', 'approval.allow', 'command.run']);
  });

  it.each([
    ['its content', (script: string) => writeFile(script, '#!/bin/sh\necho evil\n')],
    [
      'another file under its name',
      async (script: string) => {
        await writeFile(`${script}.new`, '#!/bin/sh\necho built\n', { mode: 0o755 });
        await (await import('node:fs/promises')).rename(`${script}.new`, script);
      },
    ],
  ])('what changed between the answer and the start is refused: %s', async (_, change) => {
    const script = join(work, 'build.sh');
    await writeFile(script, '#!/bin/sh\necho built\n', { mode: 0o755 });
    const started = run('./build.sh');
    started.catch(() => undefined);
    const id = await asked();
    await change(script);
    await approvals.decide(id, 'allow');
    await expect(started).rejects.toMatchObject({ code: 'forbidden', message: expect.stringContaining('changed after it was approved') });
    expect(await acts()).toEqual(['approval.ask', 'approval.allow', 'command.refuse']);
  });

  it('denied, withdrawn by the end of the turn, and blocked never start', async () => {
    const mark = join(work, 'mark');
    const touch = (): Promise<string> => run('touch', [mark]);
    const denied = touch();
    denied.catch(() => undefined);
    await approvals.decide(await asked(), 'deny');
    await expect(denied).rejects.toMatchObject({ code: 'forbidden', message: expect.stringContaining('a person denied it') });
    await expect(run('sudo', ['touch', mark])).rejects.toMatchObject({ code: 'forbidden', message: expect.stringContaining('never runs this') });
    await expect(run(`true && sudo touch ${mark}`)).rejects.toMatchObject({ code: 'forbidden' });
    const withdrawn = touch();
    withdrawn.catch(() => undefined);
    await asked();
    abort.abort();
    await expect(withdrawn).rejects.toMatchObject({ code: 'cancelled' });
    await expect(readFile(mark)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await acts()).toEqual(expect.arrayContaining(['approval.deny', 'command.block', 'approval.cancelled']));
    expect(await acts()).not.toContain('command.run');
  });

  it('nothing starts while the audit log cannot be written', async () => {
    await audit.close();
    await (await import('node:fs/promises')).mkdir(join(data, 'gone'));
    const blind = new AuditLog({ dataDir: join(data, 'gone', 'missing'), clock: systemClock, log: silentLog });
    const options = { approvals, audit: blind, journal: new WriteJournal({ dir: join(data, 'rollback'), clock: systemClock }), launcher: bench.launcher };
    const other = new AgentDesk(
      { ...options, clock: systemClock, rules: () => rules, commandDeadlineMs: () => 1_000, dataDir: data },
      { agentId: 'agent-2', template: 'x', cwd: work },
    );
    await expect(other.run({ command: 'pwd', args: [], env: {}, cwd: null }, null, turn())).rejects.toMatchObject({ code: 'audit-failed' });
    await expect(other.writeText(join(work, 'a.txt'), 'x', turn())).rejects.toMatchObject({ code: 'audit-failed' });
    expect(bench.launcher.live).toEqual([]);
  });

  it('paths that leave the workspace are not safe, also by a link; files of Roost itself are never reached', async () => {
    await symlink('/etc', join(work, 'link'));
    for (const path of ['/etc/hostname', '../../../../../../etc/hostname', 'link/hostname']) {
      const started = run('cat', [path]);
      started.catch(() => undefined);
      await approvals.decide(await asked(), 'deny');
      await expect(started).rejects.toMatchObject({ code: 'forbidden' });
    }
    for (const args of [[join(data, 'control.json')], ['../../control.json'], [`--file=${data}/audit.jsonl`]])
      await expect(run('cat', args)).rejects.toMatchObject({ message: expect.stringContaining('belongs to Roost itself') });
    await expect(run('ls', [], { cwd: data })).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('a command that never ends is ended with its whole tree, and lets go of its place', async () => {
    rules = { allow: [['sh', '...']], block: [] };
    const id = await run('sh', ['-c', 'sleep 1000 & echo $!; wait']);
    await until('it came', () => desk.terminals.read(id).output.includes('\n'));
    const grandchild = Number(desk.terminals.read(id).output.trim());
    expect(isAlive(grandchild)).toBe(true);
    await desk.terminals.kill(id);
    expect(await desk.terminals.wait(id)).toMatchObject({ exitCode: null });
    await until('it came', () => !isAlive(grandchild));
    await desk.terminals.release(id);
    expect(() => desk.terminals.read(id)).toThrow(/there is no terminal/);
    const ids = await Promise.all(Array.from({ length: 8 }, () => run('sh', ['-c', 'sleep 1000'])));
    await expect(run('pwd')).rejects.toMatchObject({ code: 'capacity' });
    desk.terminals.endTurn('t1');
    await Promise.all(ids.map((one) => desk.terminals.wait(one)));
  });

  it('keeps the end of a long output at a whole character', async () => {
    rules = { allow: [['sh', '...']], block: [] };
    const { terminalId: id } = await desk.run(
      { command: 'sh', args: ['-c', 'i=0; while [ $i -lt 3000 ]; do echo "äöü $i"; i=$((i+1)); done'], env: {}, cwd: null },
      1_001,
      turn(),
    );
    await desk.terminals.wait(id);
    const { output, truncated } = desk.terminals.read(id);
    expect(truncated).toBe(true);
    expect(Buffer.byteLength(output)).toBeLessThanOrEqual(1_001);
    expect(output).not.toContain('\ufffd');
    expect(output.endsWith('äöü 2999\n')).toBe(true);
  });
});

describe('files', () => {
  it('writes inside with a way back, asks for what makes others run, refuses the rest', async () => {
    await desk.writeText(join(work, 'src/a.ts'), 'one', turn());
    expect(await desk.readText(join(work, 'src/a.ts'))).toBe('one');
    const delicate = desk.writeText(join(work, '.git/hooks/pre-commit'), '#!/bin/sh', turn());
    delicate.catch(() => undefined);
    expect(approvals.pending.length === 0 || approvals.pending[0]?.kind === 'write').toBe(true);
    await approvals.decide(await asked(), 'deny');
    await expect(delicate).rejects.toMatchObject({ code: 'forbidden' });
    await expect(desk.writeText(join(data, 'control.json'), '{}', turn())).rejects.toMatchObject({ code: 'forbidden' });
    await expect(desk.readText('/etc/passwd')).rejects.toMatchObject({ code: 'forbidden' });
    await expect(desk.readText('src/a.ts')).rejects.toMatchObject({ code: 'bad-request' });
    await expect(desk.readText(join(work, 'none'))).rejects.toMatchObject({ code: 'not-found' });
    expect((await acts()).filter((act) => act === 'file.write')).toHaveLength(1);
    await chmod(work, 0o700);
  });
});
