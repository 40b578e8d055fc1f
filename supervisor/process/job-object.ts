/** Windows only: one Job Object for all children; the system ends them when its last handle, ours, is closed by our death. */
export interface JobObject {
  /** False when the process is gone already or may not be assigned. */
  assign(pid: number): boolean;
}

const extendedLimitInformation = 9;
const killOnJobClose = 0x2000;
const setQuota = 0x0100;
const terminate = 0x0001;

/**
 * Null where the platform or the native library does not offer it. A grandchild started in the moment
 * between spawn and assignment escapes the job; the tree kill still finds it while its parent lives.
 */
export async function openJobObject(platform: NodeJS.Platform = process.platform): Promise<JobObject | null> {
  if (platform !== 'win32') return null;
  const { default: koffi } = await import('koffi');
  const kernel = koffi.load('kernel32.dll');
  const basicLimits = koffi.struct({
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
  const extendedLimits = koffi.struct({
    BasicLimitInformation: basicLimits,
    // IO_COUNTERS: six counters that are only read by the system.
    IoInfo: koffi.array('uint64_t', 6),
    ProcessMemoryLimit: 'size_t',
    JobMemoryLimit: 'size_t',
    PeakProcessMemoryUsed: 'size_t',
    PeakJobMemoryUsed: 'size_t',
  });
  const createJob = kernel.func('__stdcall', 'CreateJobObjectW', 'void *', ['void *', 'str16']);
  const setInformation = kernel.func('__stdcall', 'SetInformationJobObject', 'bool', ['void *', 'int', koffi.pointer(extendedLimits), 'uint32_t']);
  const openProcess = kernel.func('__stdcall', 'OpenProcess', 'void *', ['uint32_t', 'bool', 'uint32_t']);
  const assignProcess = kernel.func('__stdcall', 'AssignProcessToJobObject', 'bool', ['void *', 'void *']);
  const closeHandle = kernel.func('__stdcall', 'CloseHandle', 'bool', ['void *']);

  const job: unknown = createJob(null, null);
  if (job === null) return null;
  const limits = {
    BasicLimitInformation: {
      PerProcessUserTimeLimit: 0,
      PerJobUserTimeLimit: 0,
      LimitFlags: killOnJobClose,
      MinimumWorkingSetSize: 0,
      MaximumWorkingSetSize: 0,
      ActiveProcessLimit: 0,
      Affinity: 0,
      PriorityClass: 0,
      SchedulingClass: 0,
    },
    IoInfo: [0, 0, 0, 0, 0, 0],
    ProcessMemoryLimit: 0,
    JobMemoryLimit: 0,
    PeakProcessMemoryUsed: 0,
    PeakJobMemoryUsed: 0,
  };
  if (setInformation(job, extendedLimitInformation, limits, koffi.sizeof(extendedLimits)) !== true) {
    closeHandle(job);
    return null;
  }
  return {
    assign(pid) {
      const handle: unknown = openProcess(setQuota | terminate, false, pid);
      if (handle === null) return false;
      const assigned = assignProcess(job, handle) === true;
      closeHandle(handle);
      return assigned;
    },
  };
}
