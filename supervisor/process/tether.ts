import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { toolCodeNow } from './run-tool.js';

/**
 * `setpriv --pdeathsig KILL -- PROGRAM ARGS`, without the libraries of setpriv: it asks the kernel to kill this process
 * when its parent dies and becomes the program. Starting setpriv costs as much as starting the program (0.4 ms), this
 * costs a tenth. Two system calls, written down by instruction; everything else falls back to setpriv.
 *
 * Exit code 127 when the death signal cannot be set or the program cannot be run. A program without a header (ENOEXEC)
 * is given to /bin/sh, as execvp does it.
 */
const x64 = [
  'b89d000000', //       mov   eax, 157          prctl(
  'bf01000000', //       mov   edi, 1              PR_SET_PDEATHSIG,
  'be09000000', //       mov   esi, 9              SIGKILL)
  '0f05', //             syscall
  '85c0', //             test  eax, eax
  '7533', //             jnz   fail
  '488b0424', //         mov   rax, [rsp]        argc
  '488d742410', //       lea   rsi, [rsp+16]     argv + 1
  '488b3e', //           mov   rdi, [rsi]        the program
  '488d54c410', //       lea   rdx, [rsp+rax*8+16]  the environment
  'b83b000000', //       mov   eax, 59           execve
  '0f05', //             syscall                 comes back only when it failed
  '83f8f8', //           cmp   eax, -8           ENOEXEC?
  '7516', //             jne   fail
  '488d3d1b000000', //   lea   rdi, [rip+sh]
  '488d742408', //       lea   rsi, [rsp+8]      argv with the shell instead of ourselves
  '48893e', //           mov   [rsi], rdi
  'b83b000000', //       mov   eax, 59
  '0f05', //             syscall
  'bf7f000000', // fail: mov   edi, 127
  'b83c000000', //       mov   eax, 60           exit
  '0f05', //             syscall
  '2f62696e2f736800', // sh:   "/bin/sh"
].join('');

const headerBytes = 64 + 2 * 56;
const loadedAt = 0x400000;

/** A whole ELF file: header, one segment to read and run, and a stack that is not executable. Null for other processors. */
export function tetherProgram(arch: string): Buffer | null {
  if (arch !== 'x64') return null;
  const code = Buffer.from(x64, 'hex');
  const file = Buffer.alloc(headerBytes + code.length);
  code.copy(file, headerBytes);
  const word = (at: number, value: number): unknown => file.writeBigUInt64LE(BigInt(value), at);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  // ET_EXEC, EM_X86_64, version 1.
  file.writeUInt16LE(2, 16);
  file.writeUInt16LE(62, 18);
  file.writeUInt32LE(1, 20);
  word(24, loadedAt + headerBytes);
  word(32, 64);
  file.writeUInt16LE(64, 52);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(2, 56);
  // PT_LOAD, read and execute.
  file.writeUInt32LE(1, 64);
  file.writeUInt32LE(5, 68);
  for (const at of [80, 88]) word(at, loadedAt);
  for (const at of [96, 104]) word(at, file.length);
  word(112, 0x1000);
  // PT_GNU_STACK, read and write: without it the kernel may grant more, and that would pass on to the program.
  file.writeUInt32LE(0x6474e551, 120);
  file.writeUInt32LE(6, 124);
  word(168, 16);
  return file;
}

/** Puts it into `dir` and asks it by doing; null where it does not work: another processor, a disk that runs nothing. */
export function installTether(dir: string, arch: string = process.arch): string | null {
  const program = tetherProgram(arch);
  if (program === null) return null;
  const path = resolve(dir, 'tether');
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    // Another file under the name, never the same one: an older one may just be run.
    writeFileSync(`${path}.next`, program, { mode: 0o700, flush: true });
    chmodSync(`${path}.next`, 0o700);
    renameSync(`${path}.next`, path);
    return toolCodeNow(path, ['/bin/sh', '-c', 'exit 7']) === 7 ? path : null;
  } catch {
    // A full or foreign disk: the system's own tools do the same.
    return null;
  }
}
