/** What a command takes from the outside; the entry file fills it in, tests hand in their own. */
export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  readonly home: string;
  readonly cwd: string;
  readonly version: string;
  readonly nodeVersion: string;
  /** Text to stdout, as it is. */
  readonly write: (text: string) => void;
  /** One line to stderr. */
  readonly err: (line: string) => void;
  /** Colours are for people at a terminal, never for pipes. */
  readonly colour: boolean;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
  /** Present where a person sits in front of this machine. */
  readonly openLink: ((url: string, failed: (why: string) => void) => void) | undefined;
  /** Asks the person at the terminal; absent where nobody can answer. */
  readonly confirm?: (question: string) => Promise<boolean>;
  readonly pidAlive: (pid: number) => boolean;
  /** What the program behind `roost config` prints to these arguments; null where it cannot be asked. It knows what only the host's own code can: the command line knows the contract alone. */
  readonly askConfigTool?: (args: readonly string[]) => Promise<string | null>;
}

export const exitCodes = { done: 0, failed: 1, usage: 2, noHost: 3, unhealthy: 4 } as const;

/** Ends the command with one line on stderr and this exit code. */
export class Ending extends Error {
  readonly exitCode: number;
  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

export interface Command {
  readonly name: string;
  readonly usage: readonly string[];
  readonly summary: string;
  run(context: Context, args: readonly string[]): Promise<number>;
}

export const line = (context: Context, text = ''): void => context.write(`${text}\n`);
export const json = (context: Context, value: unknown): void => context.write(`${JSON.stringify(value, null, 2)}\n`);
