import { readFileSync } from 'node:fs';
import { parseStat } from './proc-stat.js';
import { runTool, runToolNow } from './run-tool.js';
import type { Identity } from './types.js';

export type IdentitySource =
  | { readonly kind: 'proc'; readonly path: string }
  | { readonly kind: 'tool'; readonly file: string; readonly args: readonly string[]; readonly slow: boolean };

/** Where a platform keeps the start mark of a pid. Windows asks PowerShell: `wmic` is gone from current systems. */
export function identitySource(platform: NodeJS.Platform, pid: number): IdentitySource {
  if (platform === 'linux') return { kind: 'proc', path: `/proc/${pid}/stat` };
  if (platform === 'win32') {
    const query = `(Get-CimInstance Win32_Process -Filter "ProcessId=${pid}").CreationDate.ToUniversalTime().Ticks`;
    return { kind: 'tool', file: 'powershell.exe', args: ['-NoProfile', '-NonInteractive', '-Command', query], slow: true };
  }
  return { kind: 'tool', file: 'ps', args: ['-o', 'lstart=', '-p', String(pid)], slow: false };
}

/** The start mark in what the source answered; null when the process is not there. */
export function parseStartMark(platform: NodeJS.Platform, text: string): string | null {
  if (platform === 'linux') {
    const row = parseStat(text);
    return row === null || row.zombie ? null : row.startedAt;
  }
  const mark = text.trim();
  if (platform === 'win32') return /^\d{15,20}$/.test(mark) ? mark : null;
  return /\d{4}$/.test(mark) ? mark : null;
}

let cachedBootId: string | undefined;

/** Tells boots apart where start marks count from the boot (Linux); elsewhere marks are dates and need none. */
export function bootId(): string {
  cachedBootId ??= readBootId();
  return cachedBootId;
}

function readBootId(): string {
  if (process.platform !== 'linux') return 'dated';
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // Hidden in some sandboxes: then a mark of another boot may match, which the other checks still have to pass.
    return 'unknown';
  }
}

function isPid(pid: number): boolean {
  return Number.isInteger(pid) && pid > 0;
}

function startMarkNow(pid: number, alsoSlow: boolean): string | null {
  if (!isPid(pid)) return null;
  const source = identitySource(process.platform, pid);
  if (source.kind === 'tool') {
    const text = source.slow && !alsoSlow ? null : runToolNow(source.file, source.args);
    return text === null ? null : parseStartMark(process.platform, text);
  }
  try {
    return parseStartMark(process.platform, readFileSync(source.path, 'utf8'));
  } catch {
    return null;
  }
}

/** Who `pid` is at this moment; null when it is not there, or cannot be asked without waiting (Windows). */
export function readIdentityNow(pid: number): Identity | null {
  const startedAt = startMarkNow(pid, false);
  return startedAt === null ? null : { pid, startedAt, bootId: bootId() };
}

export async function readIdentity(pid: number): Promise<Identity | null> {
  if (!isPid(pid)) return null;
  const source = identitySource(process.platform, pid);
  if (source.kind === 'proc') return readIdentityNow(pid);
  const text = await runTool(source.file, source.args);
  const startedAt = text === null ? null : parseStartMark(process.platform, text);
  return startedAt === null ? null : { pid, startedAt, bootId: bootId() };
}

/** Whether that very process still lives. Asked without a gap, so that it can stand right before a signal. */
export function sameProcess(identity: Identity): boolean {
  if (identity.bootId !== bootId()) return false;
  const startedAt = startMarkNow(identity.pid, true);
  return startedAt !== null && startedAt === identity.startedAt;
}
