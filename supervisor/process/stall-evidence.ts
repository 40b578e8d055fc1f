import { readdir, readFile, readlink } from 'node:fs/promises';
import { type Clock, sleep } from '../../core/base/clock.js';
import { within } from '../../core/base/deadline.js';
import { parseStat } from './proc-stat.js';

/** What is known of a process that stands still, taken before it is ended: afterwards nobody can look. */
export interface StallEvidence {
  /** A few words for the reason of the exit. */
  readonly summary: string;
  /** For the log. */
  readonly lines: readonly string[];
}

/** Longest wait for the process's own answer; a loop that turns gives it in milliseconds, on a crowded machine in a second. */
const answerMs = 1_500;
/** Between two looks at the processor time of one that gives none. */
const lookApartMs = 200;

export interface EvidenceOptions {
  readonly clock: Clock;
  readonly pid: number | null;
  /** The process's own account; never resolves when its loop is dead. Left out for a foreign program, which cannot be asked. */
  readonly ask?: () => Promise<readonly string[]>;
  readonly look?: (pid: number) => Promise<KernelView | null>;
}

/** Takes two seconds at most and never rejects. */
export async function stallEvidence({ clock, pid, ask, look = kernelView }: EvidenceOptions): Promise<StallEvidence> {
  const answer = ask === undefined ? undefined : await within(clock, answerMs, Promise.resolve().then(ask)).catch(() => ({ kind: 'timeout' as const }));
  if (answer?.kind === 'done') return { summary: answer.value[0] ?? 'it answers', lines: answer.value };
  const silent = ask === undefined ? 'it cannot be asked' : `its event loop gave no answer within ${answerMs} ms`;
  if (pid === null) return { summary: silent, lines: [silent] };
  const first = await look(pid).catch(() => null);
  const fromMs = clock.monoMs();
  await sleep(clock, lookApartMs);
  const second = first === null ? null : await look(pid).catch(() => null);
  if (first === null || second === null) return { summary: silent, lines: [silent] };
  const share = Math.max(0, second.cpuMs - first.cpuMs) / Math.max(1, clock.monoMs() - fromMs);
  const summary = ask === undefined ? stateText(second, share) : `${silent}: ${stateText(second, share)}`;
  return {
    summary,
    lines: [
      summary,
      `kernel state ${second.state}, waits in ${second.waitsIn ?? 'user code'}, ${second.threads} threads, resident ${second.resident}, processor ${Math.round(share * 100)} %, ${second.files} open files, ${second.sockets} of them sockets`,
      ...second.stack.map((frame) => `kernel stack: ${frame}`),
    ],
  };
}

function stateText(view: KernelView, share: number): string {
  if (view.state.startsWith('T') || view.state.startsWith('t')) return 'it is stopped by a signal or a debugger';
  if (view.state.startsWith('D')) return `it hangs in the kernel (${view.waitsIn ?? 'unknown'}), mostly for a disk or a network drive`;
  // Runnable is enough: on a crowded machine a loop gets little of the processor it asks for.
  if (view.state.startsWith('R') || share > 0.5) return `its code keeps a processor busy (${Math.round(share * 100)} %), as a loop without an end does`;
  return `it is blocked in a call (${view.waitsIn ?? 'unknown'})`;
}

export interface KernelView {
  /** As the kernel words it: "R (running)", "T (stopped)". */
  readonly state: string;
  readonly threads: string;
  readonly resident: string;
  /** The function of the kernel it sleeps in; null while it runs or where it may not be read. */
  readonly waitsIn: string | null;
  readonly stack: readonly string[];
  readonly cpuMs: number;
  /** Zero where they may not be looked at. */
  readonly files: number;
  readonly sockets: number;
}

/** Linux only; null elsewhere and for a process that is gone. */
export async function kernelView(pid: number): Promise<KernelView | null> {
  if (process.platform !== 'linux') return null;
  const read = (name: string): Promise<string> => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
  const [status, stat, wchan, stack, files] = await Promise.all([read('status'), read('stat'), read('wchan'), read('stack'), openFiles(pid)]);
  const row = parseStat(stat);
  if (row === null || status === '') return null;
  return { ...parseStatus(status), waitsIn: wchan === '' || wchan === '0' ? null : wchan, stack: parseStack(stack), cpuMs: row.cpuMs ?? 0, ...files };
}

async function openFiles(pid: number): Promise<Pick<KernelView, 'files' | 'sockets'>> {
  const names = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const targets = await Promise.all(names.slice(0, 1_000).map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')));
  return { files: names.length, sockets: targets.filter((target) => target.startsWith('socket:')).length };
}

export function parseStatus(text: string): Pick<KernelView, 'state' | 'threads' | 'resident'> {
  const field = (name: string): string => new RegExp(`^${name}:\\s*(.+)$`, 'm').exec(text)?.[1]?.trim() ?? 'unknown';
  return { state: field('State'), threads: field('Threads'), resident: field('VmRSS') };
}

/** `[<0>] do_wait+0x5d/0x100`: the names are enough. */
export function parseStack(text: string): string[] {
  return text
    .split('\n')
    .flatMap((line) => /^\[<[^>]*>\]\s*([\w.]+)/.exec(line.trim())?.[1] ?? [])
    .slice(0, 12);
}
