import koffi from 'koffi';
import { describe, expect, it } from 'vitest';
import { exitReason } from './exit-reason.js';
import { jobLimits, limitStructures, limitValues } from './job-object.js';
import { sumTrees } from './usage.js';
import { readWindowsProcesses, WindowsProcesses } from './windows-processes.js';

interface Sample {
  readonly pid: number;
  readonly parent: number;
  readonly created: bigint;
  readonly memory?: number;
  readonly cpuMs?: number;
}

/** As the system writes it: a fixed head, the threads behind it (80 bytes each), the name, and where the next record begins. */
function table(samples: readonly Sample[], threads = 2): Buffer {
  return Buffer.concat(
    samples.map(({ pid, parent, created, memory = 0, cpuMs = 0 }, index) => {
      const record = Buffer.alloc(0x100 + threads * 80 + 32);
      record.writeUInt32LE(index === samples.length - 1 ? 0 : record.length, 0x00);
      record.writeUInt32LE(threads, 0x04);
      record.writeBigInt64LE(created, 0x20);
      record.writeBigInt64LE(BigInt(cpuMs) * 6_000n, 0x28);
      record.writeBigInt64LE(BigInt(cpuMs) * 4_000n, 0x30);
      record.writeBigUInt64LE(BigInt(pid), 0x50);
      record.writeBigUInt64LE(BigInt(parent), 0x58);
      record.writeBigUInt64LE(BigInt(memory), 0x90);
      return record;
    }),
  );
}

const stack: readonly Sample[] = [
  { pid: 0, parent: 0, created: 0n, memory: 8_192, cpuMs: 99_999 },
  { pid: 4, parent: 0, created: 1n, memory: 100 },
  { pid: 1000, parent: 4, created: 10n, memory: 1_000, cpuMs: 50 },
  { pid: 1004, parent: 1000, created: 20n, memory: 5 * 1024 ** 3, cpuMs: 70 },
  { pid: 1008, parent: 1004, created: 30n, memory: 4_000, cpuMs: 5 },
];

describe('the process table of Windows', () => {
  it('gives memory and time of a tree, also beyond 4 GB', () => {
    const rows = readWindowsProcesses(table(stack));
    expect(rows.map(({ pid }) => pid)).toEqual([4, 1000, 1004, 1008]);
    expect(sumTrees(rows, [1000, 1008, 77])).toEqual(
      new Map([
        [1000, { rssBytes: 5 * 1024 ** 3 + 5_000, cpuMs: 125 }],
        [1008, { rssBytes: 4_000, cpuMs: 5 }],
      ]),
    );
  });

  it('does not take an older process for a child of one that has the number of its dead parent', () => {
    const rows = readWindowsProcesses(
      table([
        { pid: 1000, parent: 4, created: 500n, memory: 1 },
        // Its parent was another 1000, long ago.
        { pid: 2000, parent: 1000, created: 100n, memory: 1_000_000 },
        { pid: 3000, parent: 9999, created: 600n, memory: 1 },
      ]),
    );
    expect(rows.map(({ ppid }) => ppid)).toEqual([0, 0, 0]);
    expect(sumTrees(rows, [1000]).get(1000)?.rssBytes).toBe(1);
  });

  it.each([0, 1, 0x40, 0xb7])('reads nothing from %d bytes', (bytes) => {
    expect(readWindowsProcesses(table(stack).subarray(0, bytes))).toEqual([]);
  });

  it('ends at a record that points at itself or beyond the end', () => {
    const looped = table(stack);
    looped.writeUInt32LE(1, 0x00);
    expect(readWindowsProcesses(looped)).toEqual([]);
    const beyond = table(stack.slice(1));
    beyond.writeUInt32LE(2 ** 31, 0x00);
    expect(readWindowsProcesses(beyond)).toHaveLength(1);
  });

  it('grows its buffer until everything fits, keeps it, and gives up in the end', () => {
    const asked: number[] = [];
    const all = table(Array.from({ length: 4_000 }, (_, index) => ({ pid: index + 4, parent: 0, created: BigInt(index) })));
    const processes = new WindowsProcesses((buffer) => {
      asked.push(buffer.length);
      if (buffer.length < all.length) return { status: 0xc0000004 | 0, neededBytes: all.length };
      all.copy(buffer);
      return { status: 0, neededBytes: all.length };
    });
    expect(processes.read()).toHaveLength(4_000);
    expect(processes.read()).toHaveLength(4_000);
    expect(asked).toHaveLength(3);
    expect(new WindowsProcesses(() => ({ status: 0xc0000004 | 0, neededBytes: 0 })).read()).toBeNull();
    expect(new WindowsProcesses(() => ({ status: 0xc0000022 | 0, neededBytes: 0 })).read()).toBeNull();
  });
});

describe('the memory of a tree on Windows', () => {
  it('is refused by the system at twice its limit, in a job that outlives our handle', () => {
    expect(jobLimits()).toEqual({ LimitFlags: 0x2000, JobMemoryLimit: 0 });
    expect(jobLimits(512 * 1024 ** 2)).toEqual({ LimitFlags: 0x200, JobMemoryLimit: 1024 ** 3 });
  });

  it('is told to the system in a structure as winnt.h has it', () => {
    const { basic, extended } = limitStructures(koffi);
    expect([koffi.sizeof(basic), koffi.sizeof(extended)]).toEqual([64, 144]);
    const bytes = Buffer.alloc(koffi.sizeof(extended));
    koffi.encode(bytes, extended, limitValues(jobLimits(5 * 1024 ** 3)));
    expect(bytes.readUInt32LE(16)).toBe(0x200);
    expect(bytes.readBigUInt64LE(120)).toBe(10n * 1024n ** 3n);
  });

  it.each([0xc0000017, 0xc000012d])('that runs out is told from the exit code %d', (code) => {
    expect(exitReason({ code, signal: null, asked: null, atMs: 0 })).toMatchObject({ cause: 'out-of-memory' });
  });
});
