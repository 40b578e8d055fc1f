import type koffi from 'koffi';

/** Windows only: one Job Object for all children; the system ends them when its last handle, ours, is closed by our death. */
export interface JobObject {
  /**
   * False when the process is gone already or may not be assigned. With `memoryBytes` the tree gets a job of its own
   * inside ours, which gives it no more than that: the hard stop between two measurements.
   */
  assign(pid: number, memoryBytes?: number): boolean;
}

const extendedLimitInformation = 9;
const jobMemoryLimit = 0x0200;
const killOnJobClose = 0x2000;
const setQuota = 0x0100;
const terminate = 0x0001;

/** A tree is ended and started anew at its limit by measurement; the system refuses memory only far beyond, since what it counts (all that was promised) is more than what is resident. */
const hardStopFactor = 2;

export interface JobLimits {
  readonly LimitFlags: number;
  readonly JobMemoryLimit: number;
}

/** What to ask of the system: for the job of all children, and for the one of a tree with a limit. */
export function jobLimits(memoryBytes?: number): JobLimits {
  if (memoryBytes === undefined) return { LimitFlags: killOnJobClose, JobMemoryLimit: 0 };
  // Without kill-on-close: the system keeps this job, and its limit, for as long as a process is in it, and nobody has to hold its handle.
  return { LimitFlags: jobMemoryLimit, JobMemoryLimit: Math.round(memoryBytes * hardStopFactor) };
}

/** JOBOBJECT_EXTENDED_LIMIT_INFORMATION (winnt.h), 144 bytes on every 64-bit Windows. */
export function limitStructures(lib: typeof koffi) {
  const basic = lib.struct({
    PerProcessUserTimeLimit: 'int64_t',
    PerJobUserTimeLimit: 'int64_t',
    LimitFlags: 'uint32_t',
    MinimumWorkingSetSize: 'size_t',
    MaximumWorkingSetSize: 'size_t',
    ActiveProcessLimit: 'uint32_t',
    Affinity: 'size_t',
    PriorityClass: 'uint32_t',
    SchedulingClass: 'uint32_t',
  });
  const extended = lib.struct({
    BasicLimitInformation: basic,
    // IO_COUNTERS: six counters that are only read by the system.
    IoInfo: lib.array('uint64_t', 6),
    ProcessMemoryLimit: 'size_t',
    JobMemoryLimit: 'size_t',
    PeakProcessMemoryUsed: 'size_t',
    PeakJobMemoryUsed: 'size_t',
  });
  return { basic, extended };
}

/** The whole structure for these limits. */
export const limitValues = ({ LimitFlags, JobMemoryLimit }: JobLimits) => ({
  BasicLimitInformation: {
    PerProcessUserTimeLimit: 0,
    PerJobUserTimeLimit: 0,
    LimitFlags,
    MinimumWorkingSetSize: 0,
    MaximumWorkingSetSize: 0,
    ActiveProcessLimit: 0,
    Affinity: 0,
    PriorityClass: 0,
    SchedulingClass: 0,
  },
  IoInfo: [0, 0, 0, 0, 0, 0],
  ProcessMemoryLimit: 0,
  JobMemoryLimit,
  PeakProcessMemoryUsed: 0,
  PeakJobMemoryUsed: 0,
});

/**
 * Null where the platform or the native library does not offer it. A grandchild started in the moment
 * between spawn and assignment escapes the job; the tree kill still finds it while its parent lives.
 */
export async function openJobObject(platform: NodeJS.Platform = process.platform): Promise<JobObject | null> {
  if (platform !== 'win32') return null;
  const { default: lib } = await import('koffi');
  const kernel = lib.load('kernel32.dll');
  const { extended } = limitStructures(lib);
  const createJob = kernel.func('__stdcall', 'CreateJobObjectW', 'void *', ['void *', 'str16']);
  const setInformation = kernel.func('__stdcall', 'SetInformationJobObject', 'bool', ['void *', 'int', lib.pointer(extended), 'uint32_t']);
  const openProcess = kernel.func('__stdcall', 'OpenProcess', 'void *', ['uint32_t', 'bool', 'uint32_t']);
  const assignProcess = kernel.func('__stdcall', 'AssignProcessToJobObject', 'bool', ['void *', 'void *']);
  const closeHandle = kernel.func('__stdcall', 'CloseHandle', 'bool', ['void *']);

  const open = (limits: JobLimits): unknown => {
    const job: unknown = createJob(null, null);
    if (job === null) return null;
    if (setInformation(job, extendedLimitInformation, limitValues(limits), lib.sizeof(extended)) === true) return job;
    closeHandle(job);
    return null;
  };
  const all = open(jobLimits());
  if (all === null) return null;
  return {
    assign(pid, memoryBytes) {
      const handle: unknown = openProcess(setQuota | terminate, false, pid);
      if (handle === null) return false;
      let assigned = assignProcess(all, handle) === true;
      if (assigned && memoryBytes !== undefined) {
        // Inside ours: a process may be in a chain of jobs since Windows 8.
        const own = open(jobLimits(memoryBytes));
        assigned = own !== null && assignProcess(own, handle) === true;
        if (own !== null) closeHandle(own);
      }
      closeHandle(handle);
      return assigned;
    },
  };
}
