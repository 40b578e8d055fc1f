import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { roomy } from '../../core/base/test-times.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'roost agent ü-'));
  const input = { agent: resolve(import.meta.dirname, 'main.ts') };
  await build({
    configFile: false,
    logLevel: 'silent',
    ssr: { noExternal: true },
    build: {
      ssr: true,
      outDir: dir,
      emptyOutDir: false,
      target: 'node20',
      rollupOptions: { input, output: { format: 'es', entryFileNames: '[name].mjs', chunkFileNames: 'chunks/[name]-[hash].mjs' } },
    },
  });
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** The agent as a real program, spoken to in lines. */
class Program {
  readonly child: ChildProcessWithoutNullStreams;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  readonly lines: string[] = [];
  stderr = '';

  constructor() {
    this.child = spawn(process.execPath, [join(dir, 'agent.mjs')], { stdio: 'pipe', cwd: dir });
    this.exited = new Promise((settle) => this.child.once('exit', (code, signal) => settle({ code, signal })));
    this.child.stdin.on('error', () => undefined);
    let rest = '';
    this.child.stdout.on('data', (chunk) => {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      this.lines.push(...parts);
    });
    this.child.stderr.on('data', (chunk) => {
      this.stderr += chunk;
    });
  }

  write(text: string): void {
    this.child.stdin.write(text);
  }

  send(id: number, method: string, params: unknown): void {
    this.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
  }

  async answer(id: number | null): Promise<Record<string, unknown>> {
    const endMs = performance.now() + 60_000;
    for (;;) {
      const found = this.lines
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .find((message) => message['id'] === id && message['method'] === undefined);
      if (found !== undefined) return found;
      if (performance.now() > endMs) throw new Error(`no answer to ${id}; stderr: ${this.stderr}`);
      await new Promise((settle) => setTimeout(settle, 5));
    }
  }
}

describe('the agent as a program', () => {
  const programs: Program[] = [];
  const start = (): Program => {
    const program = new Program();
    programs.push(program);
    return program;
  };
  afterEach(() => {
    for (const program of programs.splice(0)) program.child.kill('SIGKILL');
  });
  const hello = { protocolVersion: 1, clientCapabilities: {} };

  test('works turns over its pipes, writes nothing else to stdout, and ends at once with the pipe', async () => {
    const program = start();
    program.send(1, 'initialize', hello);
    expect(await program.answer(1)).toMatchObject({ result: { protocolVersion: 1, agentInfo: { name: 'roost-agent' } } });
    program.send(2, 'session/new', { cwd: dir, mcpServers: [] });
    const { sessionId } = (await program.answer(2))['result'] as { sessionId: string };
    let id = 2;
    for (const [arm, text] of [
      ['tools', 'convert 5 miles to km'],
      ['knowledge', 'parrots'],
      ['npc', 'hello'],
    ]) {
      program.send(++id, 'session/prompt', { sessionId, prompt: [{ type: 'text', text }], _meta: { roost: { turnId: `turn-${id}`, arm } } });
      expect(await program.answer(id)).toMatchObject({ result: { stopReason: 'end_turn', _meta: { roost: { provider: 'builtin', mode: arm } } } });
    }
    expect(program.lines.join('\n')).toContain('5 mi = 8.04672 km');
    const endedMs = performance.now();
    program.child.stdin.end();
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - endedMs).toBeLessThan(roomy(2_000));
  });

  test('garbage is answered with an error each, and the next request works', async () => {
    const program = start();
    program.write('not json\n[]\n5\n\n{"jsonrpc":"2.0"}\n');
    program.send(7, 'session/new', { cwd: dir, mcpServers: [] });
    expect(await program.answer(7)).toMatchObject({ error: { code: -32600 } });
    program.send(8, 'initialize', hello);
    expect(await program.answer(8)).toMatchObject({ result: {} });
    expect(program.lines.map((line) => (JSON.parse(line) as { error?: { code: number } }).error?.code)).toEqual([
      -32700,
      -32600,
      -32600,
      -32600,
      -32600,
      undefined,
    ]);
  });

  test('a line over 1 MiB ends it with a reason', async () => {
    const program = start();
    program.write('x'.repeat(1_200_000));
    expect((await program.exited).code).toBe(1);
    expect(program.stderr).toContain('the client broke the protocol');
  });

  test('Ctrl-C is the matter of the host; SIGTERM ends it', async () => {
    const program = start();
    program.send(1, 'initialize', hello);
    await program.answer(1);
    program.child.kill('SIGINT');
    program.send(2, 'session/new', { cwd: dir, mcpServers: [] });
    expect(await program.answer(2)).toMatchObject({ result: {} });
    program.child.kill('SIGTERM');
    expect(await program.exited).toEqual({ code: null, signal: 'SIGTERM' });
  });

  test('a parent that stops reading and dies takes it along', async () => {
    const program = start();
    program.send(1, 'initialize', hello);
    await program.answer(1);
    program.child.stdout.destroy();
    program.send(2, 'session/new', { cwd: dir, mcpServers: [] });
    expect((await program.exited).code).toBe(0);
  });
});
