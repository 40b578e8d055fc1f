import type { TemplateConfig } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import type { Launch } from '../process/types.js';

export interface AgentLaunchFacts {
  readonly name: string;
  readonly config: TemplateConfig;
  /** The folder it works in where its template names none. */
  readonly workspace: string;
  /** For programs without a protocol: their room. */
  readonly roomEnv?: (agentId: string) => Readonly<Record<string, string>>;
}

const spawnedCommand = (config: TemplateConfig): readonly [string, ...string[]] => {
  const [program, ...args] = config.command ?? [];
  if (program === undefined) throw new RoostError('config-invalid', 'A template needs a command.');
  return [program, ...args];
};

/** How the process of an agent is started. `config-invalid` when its template has no command. */
export function agentLaunch({ name, config, workspace, roomEnv }: AgentLaunchFacts): Launch {
  const room = config.protocol === 'none' ? (roomEnv?.(name) ?? {}) : {};
  return {
    name,
    kind: 'agent',
    program: config.builtin ? { entry: 'agent', args: [] } : { command: spawnedCommand(config) },
    cwd: config.cwd ?? workspace,
    env: { ...room, ...config.env, ROOST_AGENT_ID: name },
    stdin: config.protocol === 'acp' ? 'pipe' : 'none',
    wire: config.protocol === 'acp' ? 'lines' : 'none',
  };
}
