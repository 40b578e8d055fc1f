import { RoostError } from '../../contract/errors.js';
import { type ExitCause, type ExitView, exitCauses } from '../../contract/state.js';
import type { Finding } from './last-words.js';
import type { Launch } from './types.js';

export interface AskedEnd {
  readonly cause: ExitCause;
  readonly why: string;
}

const signalSentences: Readonly<Record<string, string>> = {
  SIGKILL: 'was killed from outside with SIGKILL (by hand, or by the system when memory ran out)',
  SIGTERM: 'was asked from outside to end (SIGTERM)',
  SIGINT: 'was interrupted from outside (SIGINT)',
  SIGHUP: 'ended because its terminal was closed (SIGHUP)',
  SIGSEGV: 'crashed on a bad memory access (SIGSEGV)',
  SIGBUS: 'crashed on a bad memory access (SIGBUS)',
  SIGABRT: 'aborted itself (SIGABRT)',
  SIGILL: 'crashed on an instruction this machine does not know (SIGILL)',
  SIGFPE: 'crashed on an arithmetic fault (SIGFPE)',
  SIGPIPE: 'ended because a pipe it wrote to was closed (SIGPIPE)',
  SIGXCPU: 'used more processor time than it was allowed (SIGXCPU)',
};

/** Windows reports faults as large exit codes. */
const windowsSentences: Readonly<Record<number, string>> = {
  3221225477: 'crashed on a bad memory access (0xC0000005)',
  3221225725: 'ran out of stack (0xC00000FD)',
  3221225786: 'was interrupted from outside (0xC000013A)',
  3221225781: 'could not start because a library is missing (0xC0000135)',
};

/** STATUS_NO_MEMORY and STATUS_COMMITMENT_LIMIT. */
const windowsMemory: ReadonlySet<number> = new Set([0xc0000017, 0xc000012d]);

export interface ExitFacts {
  readonly code: number | null;
  readonly signal: string | null;
  readonly asked: AskedEnd | null;
  readonly atMs: number;
  /** The kernel killed for want of memory while it lived. */
  readonly oomKill?: boolean;
  /** What its last lines say. */
  readonly finding?: Finding | null;
  /** Who holds the port of the finding, in words. */
  readonly portHolder?: string | null;
}

/** Attributes one exit to exactly one cause. What was asked for first wins over how the program then ended; what it says in its exit code over what its log says. */
export function exitReason(facts: ExitFacts): ExitView {
  const { code, signal, asked, atMs } = facts;
  if (asked !== null) return { atMs, cause: asked.cause, code, signal, message: asked.why };
  if (code === 0) return { atMs, cause: 'clean', code, signal, message: 'it ended by itself with exit code 0' };
  const { cause, message } = byCode(facts) ?? byEvidence(facts) ?? plainly(facts);
  return { atMs, cause, code, signal, message };
}

type Attribution = Pick<ExitView, 'cause' | 'message'>;

/** Exit codes of sysexits.h by which a program itself says what would help. */
function byCode({ code, finding }: ExitFacts): Attribution | null {
  if (code === 78) return { cause: 'config', message: 'it says its configuration is wrong (exit code 78); its log has the details' };
  if (code !== 75) return null;
  const why = finding?.cause === 'rate-limit' ? `: ${finding.line}` : '';
  return { cause: 'rate-limit', message: `it asks for a later try (exit code 75)${why}` };
}

function byEvidence({ code, signal, oomKill, finding, portHolder }: ExitFacts): Attribution | null {
  if (signal === 'SIGKILL' && oomKill === true)
    return { cause: 'out-of-memory', message: 'it was killed with SIGKILL while the system was ending processes for want of memory' };
  if (finding?.cause === 'out-of-memory') return { cause: 'out-of-memory', message: `it ran out of memory: ${finding.line}` };
  if (code !== null && windowsMemory.has(code))
    return { cause: 'out-of-memory', message: `it ran out of memory, or reached the limit of its job (0x${code.toString(16).toUpperCase()})` };
  if (code === 137)
    return { cause: 'out-of-memory', message: 'what it ran was killed with SIGKILL (exit code 137), which is how the end of memory looks from inside' };
  // A signal ended it in the middle of something: words from before are not its reason.
  if (signal !== null || finding === null || finding === undefined) return null;
  if (finding.cause === 'rate-limit') return { cause: 'rate-limit', message: `it ended because of too many requests: ${finding.line}` };
  const port = finding.port === null ? 'its port' : `port ${finding.port}`;
  const holder = portHolder === null || portHolder === undefined ? '' : ` by ${portHolder}`;
  return { cause: 'port-conflict', message: `${port} is taken${holder} (it said: ${finding.line})` };
}

function plainly({ code, signal }: ExitFacts): Attribution {
  if (signal !== null) return { cause: 'signal', message: `it ${signalSentences[signal] ?? `was ended by the signal ${signal}`}` };
  const sentence = code === null ? undefined : windowsSentences[code];
  if (sentence !== undefined) return { cause: 'crash', message: `it ${sentence}` };
  return { cause: 'crash', message: `it crashed with exit code ${code ?? 'unknown'}; its log has the details` };
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function failureSentence(error: unknown, launch: Pick<Launch, 'program' | 'cwd'>): string {
  const program = 'command' in launch.program ? launch.program.command[0] : launch.program.entry;
  const folder = error instanceof Error && 'syscall' in error && error.syscall === 'chdir';
  switch (errorCode(error)) {
    case 'ENOENT':
      return folder ? `its working directory ${launch.cwd} does not exist (ENOENT)` : `the program ${program} was not found (ENOENT)`;
    case 'ENOTDIR':
      return `its working directory ${launch.cwd} is not a directory (ENOTDIR)`;
    case 'EACCES':
    case 'EPERM':
      return folder
        ? `its working directory ${launch.cwd} may not be entered (EACCES)`
        : `the file ${program} may not be run as a program (${errorCode(error)})`;
    case 'E2BIG':
      return 'its arguments and environment are larger than the system allows (E2BIG)';
    case 'ENAMETOOLONG':
      return 'the name of the program is longer than the system allows (ENAMETOOLONG)';
    case 'EMFILE':
    case 'ENFILE':
      return `Roost has no file descriptors left to start it (${errorCode(error)})`;
    case 'EAGAIN':
    case 'ENOMEM':
      return `the system has no room for another process (${errorCode(error)})`;
    case 'ENOEXEC':
      return `the file ${program} is not a program for this system (ENOEXEC)`;
    case 'EINVAL':
      return `the system refused to start ${program}; a .cmd or .bat file must be named through its real program (EINVAL)`;
    case 'ERR_INVALID_ARG_VALUE':
      return 'an argument or a variable holds a NUL byte (ERR_INVALID_ARG_VALUE)';
    default:
      return `${program} could not be started: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** No descriptors, no processes, no memory left at the moment. */
const shortages: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM']);

/** The exit of a process that never was: there is no code and no signal, only why. */
export function spawnFailure(error: unknown, launch: Pick<Launch, 'program' | 'cwd'>, atMs: number): ExitView {
  const exit: ExitView = { atMs, cause: 'spawn-failed', code: null, signal: null, message: failureSentence(error, launch) };
  return shortages.has(errorCode(error) ?? '') ? { ...exit, shortage: true } : exit;
}

/** The cause of an end that came from an error before or while a process was proved. A RoostError may name the cause of the exit that it stands for, as `details.cause`. */
export function startFailureCause(error: unknown, otherwise: ExitCause): ExitCause {
  if (!(error instanceof RoostError)) return otherwise;
  const named = exitCauses.find((cause) => cause === error.details?.['cause']);
  if (named !== undefined) return named;
  if (error.code === 'config-invalid') return 'config';
  return error.code === 'protocol' ? 'protocol' : otherwise;
}

export const startFailureMessage = (error: unknown): string => (error instanceof Error ? error.message : String(error));
