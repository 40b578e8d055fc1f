import { type ClientApp, methods, PROTOCOL_VERSION, RequestError } from '@agentclientprotocol/sdk';
import { RoostError } from '../../contract/errors.js';
import type { AgentSetup } from '../../contract/messages.js';
import type { AgentDesk, TurnContext } from '../approvals/agent-desk.js';
import { optionFor } from './acp-permission.js';

/** What the requests of an agent are answered from. */
export interface RequestSource {
  readonly desk: AgentDesk;
  /** Throws when the agent names a session it does not have. */
  readonly check: (sessionId: string) => void;
  /** Throws when no turn is in hand: an agent acts for somebody or not at all. */
  readonly turn: () => TurnContext;
  /** Something for the turn's timeline. */
  readonly note: (step: string, note: string) => void;
  /** Roost does something for the agent that must not simply be done again; resolves once that it begins is written down. */
  readonly did: (act: Deed, turnId: string) => Promise<void>;
}

export interface Deed {
  readonly id: string;
  readonly kind: 'execute' | 'edit';
  readonly title: string;
  readonly status: 'in_progress' | 'completed' | 'failed';
}

/** What is told to agents about Roost as a client. */
const clientCapabilities = { fs: { readTextFile: true, writeTextFile: true }, terminal: true, session: { notices: {}, compaction: {} } } as const;

/** How Roost introduces itself; its own agent is told what it may search. */
export const introduction = (setup: AgentSetup | undefined, serves: boolean) => ({
  protocolVersion: PROTOCOL_VERSION,
  clientInfo: { name: 'roost', version: '1' },
  clientCapabilities: serves ? clientCapabilities : {},
  ...(setup === undefined ? {} : { _meta: { roost: setup } }),
});

/** Serves the requests of the protocol (v1) that an agent may make: files, terminals, permission. */
export function serveRequests(app: ClientApp, { desk, check, turn, note, did }: RequestSource): ClientApp {
  const { terminals } = desk;
  let runs = 0;
  /** One deed from the moment in which it begins; one that never began is none. */
  const begun = (deed: Omit<Deed, 'status'>, { turnId }: TurnContext) => {
    let has = false;
    const ended = (status: Deed['status']): void => void (has && did({ ...deed, status }, turnId));
    return {
      ended,
      begins: (): Promise<void> => {
        has = true;
        return did({ ...deed, status: 'in_progress' }, turnId);
      },
      failed: (error: unknown): never => {
        ended('failed');
        throw error;
      },
    };
  };
  return (
    app
      .onRequest(methods.client.session.requestPermission, ({ params }) =>
        answered(async () => {
          check(params.sessionId);
          const context = turn();
          const question = optionFor(params);
          const outcome = await desk.permission(question, context);
          note('permission', `${outcome}: ${question.title.slice(0, 200)}`);
          if (outcome === 'cancelled') return { outcome: { outcome: 'cancelled' as const } };
          const optionId = outcome === 'allowed' ? question.allow : question.reject;
          return { outcome: optionId === undefined ? { outcome: 'cancelled' as const } : { outcome: 'selected' as const, optionId } };
        }),
      )
      .onRequest(methods.client.fs.readTextFile, ({ params }) =>
        answered(async () => {
          check(params.sessionId);
          return { content: await desk.readText(params.path, params.line, params.limit) };
        }),
      )
      .onRequest(methods.client.fs.writeTextFile, ({ params }) =>
        answered(async () => {
          check(params.sessionId);
          const context = turn();
          const deed = begun({ id: `roost-file-${params.path.slice(0, 100)}`, kind: 'edit', title: `Write ${params.path.slice(0, 200)}` }, context);
          await desk.writeText(params.path, params.content, { ...context, begins: deed.begins }).catch(deed.failed);
          deed.ended('completed');
          note('file', `wrote ${params.path.slice(0, 300)} (${params.content.length} characters)`);
          return {};
        }),
      )
      // Never announced: forms are for people in front of an editor. Declined is the answer agents know how to live with.
      .onRequest(methods.client.elicitation.create, ({ params }) => {
        note('question', `declined, Roost shows no forms: ${params.message.slice(0, 200)}`);
        return { action: 'decline' as const };
      })
      .onRequest(methods.client.terminal.create, ({ params }) =>
        answered(async () => {
          check(params.sessionId);
          const env = Object.fromEntries((params.env ?? []).map(({ name, value }) => [name, value]));
          const shown = [params.command, ...(params.args ?? [])].join(' ').slice(0, 200);
          try {
            const wanted = { command: params.command, args: params.args ?? [], env, cwd: params.cwd ?? null };
            const context = turn();
            const deed = begun({ id: `roost-run-${++runs}`, kind: 'execute', title: `Run ${shown}` }, context);
            const { terminalId, changes } = await desk.run(wanted, params.outputByteLimit ?? null, { ...context, begins: deed.begins }).catch(deed.failed);
            if (changes)
              terminals.wait(terminalId).then(
                ({ exitCode }) => deed.ended(exitCode === 0 ? 'completed' : 'failed'),
                () => deed.ended('failed'),
              );
            note('command', `running: ${shown}`);
            return { terminalId };
          } catch (error) {
            note('command', `not run: ${shown} (${error instanceof RoostError ? error.message : 'failed'})`);
            throw error;
          }
        }),
      )
      .onRequest(methods.client.terminal.output, ({ params }) =>
        answered(async () => {
          check(params.sessionId);
          const { output, truncated, exit } = terminals.read(params.terminalId);
          return { output, truncated, ...(exit === null ? {} : { exitStatus: exit }) };
        }),
      )
      .onRequest(methods.client.terminal.waitForExit, ({ params }) =>
        answered(async () => {
          check(params.sessionId);
          const { exitCode, signal } = await terminals.wait(params.terminalId);
          return { exitCode, signal };
        }),
      )
      .onRequest(methods.client.terminal.kill, ({ params }) =>
        answered(async () => {
          check(params.sessionId);
          await terminals.kill(params.terminalId);
          return {};
        }),
      )
      .onRequest(methods.client.terminal.release, ({ params }) =>
        answered(async () => {
          check(params.sessionId);
          await terminals.release(params.terminalId);
          return {};
        }),
      )
  );
}

/** Where nobody can be asked, a request for permission is refused the way the protocol has for it. */
export function refuseRequests(app: ClientApp, note: RequestSource['note']): ClientApp {
  return app.onRequest(methods.client.session.requestPermission, ({ params }) => {
    note('permission', `denied: nobody can be asked here (${optionFor(params).title.slice(0, 200)})`);
    return { outcome: { outcome: 'cancelled' as const } };
  });
}

/** Refusals in the protocol's own terms, with our words; what is unexpected stays inside. */
async function answered<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RoostError)) throw RequestError.internalError(undefined, 'Roost could not do this');
    const data = { code: error.code };
    if (error.code === 'not-found') throw new RequestError(-32002, error.message, data);
    if (error.code === 'bad-request') throw RequestError.invalidParams(data, error.message);
    throw new RequestError(-32603, error.message, data);
  }
}
