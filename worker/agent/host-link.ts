import { type AgentContext, methods, RequestError, type TerminalOutputResponse, type WaitForTerminalExitResponse } from '@agentclientprotocol/sdk';

export interface CommandEnd {
  readonly output: string;
  readonly truncated: boolean;
  readonly exitCode: number | null;
  readonly signal: string | null;
}

export type Admission = { readonly granted: true; readonly permit: string | null } | { readonly granted: false; readonly why: string; readonly waitMs: number };

export interface RequestEnd {
  readonly outcome: 'ok' | 'failed' | 'rate-limited' | 'cancelled';
  readonly tookMs: number;
  readonly problem: string | null;
  readonly retryAfterMs: number | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly estimated: boolean;
}

/** What the agent may ask of whoever runs it during a turn. */
export interface HostLink {
  /** Undefined where the client runs no commands. Rejects with the client's own words when it does not run this one. */
  readonly run?: (line: string, signal: AbortSignal) => Promise<CommandEnd>;
  /** Whether a request to a provider may go out now; granted by a client that keeps no such book. */
  acquire(provider: string): Promise<Admission>;
  report(permit: string | null, end: RequestEnd): Promise<void>;
}

/** Without Roost around it: every request may go out, nothing is run. */
export const noHost: HostLink = { acquire: async () => ({ granted: true, permit: null }), report: async () => undefined };

const methodNotFound = -32601;

export function hostLink(client: AgentContext, sessionId: string, runsCommands: boolean): HostLink {
  return {
    ...(runsCommands ? { run: (line, signal) => runCommand(client, sessionId, line, signal) } : {}),
    acquire: async (provider) => {
      try {
        return readAdmission(await client.request('_roost/provider/acquire', { provider }));
      } catch (error) {
        if (error instanceof RequestError && error.code === methodNotFound) return { granted: true, permit: null };
        throw error;
      }
    },
    report: async (permit, end) => {
      if (permit !== null) await client.request('_roost/provider/report', { permit, ...end }).catch(() => undefined);
    },
  };
}

function readAdmission(value: unknown): Admission {
  const field = (name: string): unknown => (typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined);
  const [permit, why, waitMs] = [field('permit'), field('why'), field('waitMs')];
  if (field('granted') === true && typeof permit === 'string') return { granted: true, permit };
  return { granted: false, why: typeof why === 'string' ? why : 'may not be asked now', waitMs: typeof waitMs === 'number' ? waitMs : 0 };
}

async function runCommand(client: AgentContext, sessionId: string, line: string, signal: AbortSignal): Promise<CommandEnd> {
  const { terminalId } = await client.request(methods.client.terminal.create, { sessionId, command: line });
  const terminal = { sessionId, terminalId };
  const stop = (): void => void client.request(methods.client.terminal.kill, terminal).catch(() => undefined);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    const { exitCode, signal: killedBy } = await client.request<WaitForTerminalExitResponse>(methods.client.terminal.waitForExit as string, terminal);
    const { output, truncated } = await client.request<TerminalOutputResponse>(methods.client.terminal.output as string, terminal);
    return { output, truncated, exitCode: exitCode ?? null, signal: killedBy ?? null };
  } finally {
    signal.removeEventListener('abort', stop);
    await client.request(methods.client.terminal.release, terminal).catch(() => undefined);
  }
}
