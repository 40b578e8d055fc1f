/** Windows: every process with its parent, memory and processor time by one call into the system, without starting a program. */

export interface WindowsRow {
  readonly pid: number;
  /** 0 when its parent is gone: the system does not clear the number, and another process may have it since. */
  readonly ppid: number;
  /** The working set. */
  readonly rssBytes: number;
  readonly cpuMs: number;
}

/** SYSTEM_PROCESS_INFORMATION of 64-bit Windows (winternl.h; the fields it calls reserved as in phnt's ntexapi.h): places in one record. */
const at = { next: 0x00, created: 0x20, userTime: 0x28, kernelTime: 0x30, pid: 0x50, parent: 0x58, workingSet: 0x90, end: 0xb8 } as const;
const hundredNsPerMs = 10_000n;

/** The records in what NtQuerySystemInformation wrote; a record that does not fit ends the reading. */
export function readWindowsProcesses(buffer: Buffer): WindowsRow[] {
  const found: { readonly row: WindowsRow; readonly created: bigint }[] = [];
  for (let start = 0; start + at.end <= buffer.length; ) {
    const pid = Number(buffer.readBigUInt64LE(start + at.pid));
    const cpu = buffer.readBigInt64LE(start + at.userTime) + buffer.readBigInt64LE(start + at.kernelTime);
    const row = {
      pid,
      ppid: Number(buffer.readBigUInt64LE(start + at.parent)),
      rssBytes: Number(buffer.readBigUInt64LE(start + at.workingSet)),
      cpuMs: Number(cpu / hundredNsPerMs),
    };
    // 0 is what the processors do when they do nothing.
    if (pid > 0) found.push({ row, created: buffer.readBigInt64LE(start + at.created) });
    const next = buffer.readUInt32LE(start + at.next);
    if (next < at.end) break;
    start += next;
  }
  const createdAt = new Map(found.map(({ row, created }) => [row.pid, created]));
  return found.map(({ row, created }) => {
    const parent = createdAt.get(row.ppid);
    return parent === undefined || parent > created ? { ...row, ppid: 0 } : row;
  });
}

const systemProcessInformation = 5;
/** STATUS_INFO_LENGTH_MISMATCH as a signed number: the buffer is too small. */
const tooSmall = 0xc0000004 | 0;
const firstBytes = 512 * 1024;
const mostBytes = 64 * 1024 ** 2;

/** `ask` fills the buffer and answers with the status and how much it needs. */
export type AskSystem = (buffer: Buffer) => { readonly status: number; readonly neededBytes: number };

/** Asks with a buffer that grows until everything fits; processes come and go between two tries. Null when the system refuses. */
export class WindowsProcesses {
  readonly #ask: AskSystem;
  #buffer = Buffer.alloc(firstBytes);

  constructor(ask: AskSystem) {
    this.#ask = ask;
  }

  read(): WindowsRow[] | null {
    for (;;) {
      const { status, neededBytes } = this.#ask(this.#buffer);
      if (status === 0) return readWindowsProcesses(this.#buffer.subarray(0, Math.min(this.#buffer.length, neededBytes)));
      const size = Math.max(this.#buffer.length * 2, neededBytes + firstBytes / 8);
      if (status !== tooSmall || size > mostBytes) return null;
      this.#buffer = Buffer.alloc(size);
    }
  }
}

/** Null where the native library is missing or this is not 64-bit Windows. */
export async function openWindowsProcesses(platform: NodeJS.Platform = process.platform): Promise<WindowsProcesses | null> {
  if (platform !== 'win32' || (process.arch !== 'x64' && process.arch !== 'arm64')) return null;
  const { default: koffi } = await import('koffi');
  const query = koffi
    .load('ntdll.dll')
    .func('__stdcall', 'NtQuerySystemInformation', 'int32_t', ['int', 'void *', 'uint32_t', koffi.out(koffi.pointer('uint32_t'))]);
  return new WindowsProcesses((buffer) => {
    const needed = [0];
    const status = Number(query(systemProcessInformation, buffer, buffer.length, needed));
    return { status, neededBytes: needed[0] ?? 0 };
  });
}
