import { realpath } from 'node:fs/promises';
import { isAbsolute, join, resolve, sep } from 'node:path';
import { RoostError } from '../../../contract/errors.js';
import { childEnvironment } from '../../process/child-environment.js';
import type { Approvals } from '../approvals.js';
import type { AuditLog } from '../audit-log.js';
import { type Executable, fingerprint, identify } from '../executable.js';
import { type Classified, type CommandRules, classify } from '../rules/classify.js';
import { readShellLine } from '../rules/shell-words.js';

/** Who wants something done, and what is his. */
export interface Asker {
  readonly agentId: string;
  readonly template: string;
  readonly sessionId: string | null;
  readonly turnId: string;
  /** All links resolved. */
  readonly workspace: string;
  /** Withdraws every question of this turn. */
  readonly signal: AbortSignal;
  /** Told before a command that may leave something behind. */
  readonly begins?: (() => Promise<void>) | undefined;
}

export interface WantedCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | null;
}

/** What may be started now, and nothing else. */
export interface ClearedCommand {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** It may leave something behind. */
  readonly changes: boolean;
}

export interface CommandGateOptions {
  readonly approvals: Pick<Approvals, 'ask'>;
  readonly audit: Pick<AuditLog, 'record'>;
  readonly rules: (template: string) => CommandRules;
  /** Everything of Roost itself: tokens, the audit log, other workspaces. */
  readonly dataDir: string;
}

/**
 * The only way from an agent's wish to a process. What comes out runs exactly as it was judged or approved:
 * program, content, arguments, folder and environment are looked at again after the answer.
 */
export class CommandGate {
  readonly #options: CommandGateOptions;

  constructor(options: CommandGateOptions) {
    this.#options = options;
  }

  /** Throws `forbidden` (blocked, denied, changed meanwhile), `cancelled`, `not-found` (no such program) or `audit-failed`. */
  async clear(wanted: WantedCommand, asker: Asker): Promise<ClearedCommand> {
    const { audit, approvals } = this.#options;
    const argv = argvOf(wanted);
    const cwd = await this.#folder(wanted.cwd, asker);
    const verdict = await this.#judge(argv, wanted, cwd, asker);
    const facts = {
      agent: asker.agentId,
      session: asker.sessionId,
      turn: asker.turnId,
      argv,
      cwd,
      envNames: Object.keys(wanted.env),
      class: verdict.class,
      rule: verdict.rule,
    };
    if (verdict.class === 'blocked') {
      await audit.record({ actor: 'agent', act: 'command.block', target: asker.agentId, detail: facts });
      throw new RoostError('forbidden', `Roost never runs this: ${verdict.reason} (rule ${verdict.rule}).`);
    }
    const executable = await this.#find(argv[0], cwd, asker, wanted.env);
    const before = fingerprint({ argv, cwd, env: wanted.env, executable });
    if (verdict.class === 'dangerous') {
      const answer = await approvals.ask(
        {
          kind: 'command',
          agentId: asker.agentId,
          template: asker.template,
          sessionId: asker.sessionId,
          turnId: asker.turnId,
          title: argv.join(' ').slice(0, 500),
          reason: verdict.reason,
          command: { argv: [...argv], cwd, envNames: Object.keys(wanted.env), program: executable.real, sha256: executable.sha256 },
          detail: null,
          fingerprint: before,
        },
        asker.signal,
      );
      if (!answer.allowed) throw new RoostError(answer.status === 'cancelled' ? 'cancelled' : 'forbidden', `The command was not run: ${answer.why}.`);
      const now = fingerprint({
        argv,
        cwd: await this.#folder(wanted.cwd, asker),
        env: wanted.env,
        executable: await this.#find(argv[0], cwd, asker, wanted.env),
      });
      if (!answer.grant.redeem(now)) {
        await audit.record({
          actor: 'roost',
          act: 'command.refuse',
          target: answer.grant.approvalId,
          detail: { ...facts, why: 'it is not what was approved any more' },
        });
        throw new RoostError('forbidden', 'The command was not run: the program or its folder changed after it was approved.');
      }
    }
    asker.signal.throwIfAborted();
    // On the disk before the process exists: a crash right after the start must not lose it.
    await audit.record({
      actor: 'agent',
      act: 'command.run',
      target: asker.agentId,
      detail: { ...facts, program: executable.real, sha256: executable.sha256, fingerprint: before },
    });
    const changes = verdict.rule !== 'listed';
    if (changes) await asker.begins?.();
    return { argv: [executable.path, ...argv.slice(1)], cwd, env: wanted.env, changes };
  }

  async #judge(argv: readonly string[], wanted: WantedCommand, cwd: string, asker: Asker): Promise<Classified> {
    const found = classify({ argv, envNames: Object.keys(wanted.env) }, this.#options.rules(asker.template));
    if (found.class === 'blocked') return found;
    const own = argv.find((arg) => this.#ownPath(arg, cwd, asker.workspace));
    if (own !== undefined) return { ...found, class: 'blocked', rule: 'own-files', reason: `${JSON.stringify(own.slice(0, 100))} belongs to Roost itself` };
    if (found.class !== 'safe') return found;
    if (!isWithin(asker.workspace, cwd)) return { ...found, class: 'dangerous', rule: 'outside', reason: 'it would run outside of the workspace' };
    for (const path of found.paths)
      if (!(await staysWithin(asker.workspace, resolve(cwd, path))))
        return { ...found, class: 'dangerous', rule: 'outside', reason: `${JSON.stringify(path.slice(0, 100))} lies outside of the workspace` };
    return found;
  }

  /** Also inside of a word, as in `--file=/…/control.json`. */
  #ownPath(arg: string, cwd: string, workspace: string): boolean {
    const { dataDir } = this.#options;
    const named = arg.includes(dataDir) && !arg.includes(workspace);
    const path = resolve(cwd, arg);
    return named || (isWithin(dataDir, path) && !isWithin(workspace, path) && arg !== '');
  }

  async #folder(cwd: string | null, asker: Asker): Promise<string> {
    if (cwd === null) return asker.workspace;
    if (!isAbsolute(cwd) || cwd.includes('\0'))
      throw new RoostError('bad-request', `cwd must be an absolute path, got ${JSON.stringify(cwd.slice(0, 200))}`, { field: 'cwd' });
    const real = await realpath(cwd).catch((cause: unknown) => {
      throw new RoostError('not-found', `there is no folder ${cwd.slice(0, 500)}`, { field: 'cwd', cause });
    });
    if (isWithin(this.#options.dataDir, real) && !isWithin(asker.workspace, real))
      throw new RoostError('forbidden', 'that folder belongs to Roost itself', { field: 'cwd' });
    return real;
  }

  async #find(program: string, cwd: string, asker: Asker, env: Readonly<Record<string, string>>): Promise<Executable> {
    const environment = childEnvironment({ name: asker.agentId, env }, { runId: '', incarnationId: '' });
    // Windows spells it Path.
    const path = Object.entries(environment).find(([name]) => name.toUpperCase() === 'PATH')?.[1];
    return identify(program, cwd, path).catch((cause: NodeJS.ErrnoException) => {
      throw new RoostError('not-found', `there is no program ${program.slice(0, 200)} (${cause.code ?? 'unknown'})`, { field: 'command', cause });
    });
  }
}

/** A command without arguments may be a whole line, as some agents send it; what needs a shell gets one, in plain sight. */
function argvOf({ command, args }: WantedCommand): readonly [string, ...string[]] {
  if (args.length > 0 || !/[\s;&|<>()$`\\"'*?#~{}[\]]/.test(command)) return [command, ...args];
  const [program, ...rest] = readShellLine(command).plain ?? ['/bin/sh', '-c', command];
  return [program ?? command, ...rest];
}

const isWithin = (folder: string, path: string): boolean => path === folder || path.startsWith(folder.endsWith(sep) ? folder : join(folder, sep));

/** Where the path really leads, as far as it exists. */
async function staysWithin(folder: string, path: string): Promise<boolean> {
  if (!isWithin(folder, path)) return false;
  for (let at = path; ; at = resolve(at, '..')) {
    const real = await realpath(at).catch(() => undefined);
    if (real !== undefined) return isWithin(folder, real);
    if (at === folder || !isWithin(folder, at)) return false;
  }
}
