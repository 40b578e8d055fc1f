import type { Clock } from '../../core/base/clock.js';
import { within } from '../../core/base/deadline.js';
import type { Launcher } from '../process/types.js';

const toolName = 'redis-tool';
/** A tool's last lines may arrive after its exit was seen. */
const outputGraceMs = 500;

export interface ToolResult {
  readonly code: number | null;
  readonly output: string;
}

/** Runs one short program of the Redis family to its end; `expected` is what its output must hold before waiting for more of it stops. */
export async function runLaunched(
  launcher: Launcher,
  clock: Clock,
  command: readonly [string, ...string[]],
  options: { readonly input?: string; readonly expected?: RegExp; readonly deadlineMs?: number } = {},
): Promise<ToolResult> {
  const log = launcher.logFor(toolName);
  const before = log.read(1).at(-1)?.seq;
  const tool = launcher.launch(
    { name: toolName, kind: 'redis', program: { command }, env: {}, stdin: options.input === undefined ? 'none' : { text: options.input }, wire: 'none' },
    0,
  );
  const outcome = await within(clock, options.deadlineMs ?? 10_000, tool.exited);
  const exit = outcome.kind === 'done' ? outcome.value : await tool.terminate('unresponsive', 'the tool took too long', { termAfterMs: 0, killAfterMs: 1_000 });
  const output = (): string =>
    log
      .read(1_000, before)
      .filter((line) => line.stream !== 'roost')
      .map((line) => line.text)
      .join('\n');
  const end = clock.monoMs() + outputGraceMs;
  while (options.expected !== undefined && !options.expected.test(output()) && clock.monoMs() < end) {
    const last = log.read(1).at(-1)?.seq ?? 0;
    await log.waitFor(last, end - clock.monoMs());
  }
  return { code: exit.code, output: output() };
}
