import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';

function failure(code: string, syscall: string, path: string): Error {
  return Object.assign(new Error(`${syscall} ${path} ${code}`), { code, syscall, path });
}

function isProgram(path: string): 'yes' | 'no' | 'forbidden' {
  try {
    if (!statSync(path).isFile()) return 'forbidden';
    accessSync(path, constants.X_OK);
    return 'yes';
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EACCES' ? 'forbidden' : 'no';
  }
}

/** Throws ENOENT or ENOTDIR when a child could not be started in `cwd`; the system's own message would blame the program. */
export function checkFolder(cwd: string): void {
  let isFolder: boolean;
  try {
    isFolder = statSync(cwd).isDirectory();
  } catch (error) {
    throw failure(error instanceof Error && 'code' in error ? String(error.code) : 'ENOENT', 'chdir', cwd);
  }
  if (!isFolder) throw failure('ENOTDIR', 'chdir', cwd);
}

/**
 * The file that `command` means, as execvp would find it. Looked up by us because a containment
 * wrapper would turn "no such program" into an ordinary exit. Throws ENOENT or EACCES.
 */
export function resolveProgram(command: string, options: { readonly cwd: string; readonly path: string | undefined }): string {
  if (command === '') throw failure('ENOENT', 'spawn', "''");
  if (command.includes('/')) {
    const path = resolve(options.cwd, command);
    const verdict = isProgram(path);
    if (verdict === 'yes') return path;
    throw failure(verdict === 'forbidden' ? 'EACCES' : 'ENOENT', 'spawn', command);
  }
  let forbidden = false;
  for (const folder of (options.path ?? '/usr/local/bin:/usr/bin:/bin').split(delimiter)) {
    const path = isAbsolute(folder) ? join(folder, command) : resolve(options.cwd, folder, command);
    const verdict = isProgram(path);
    if (verdict === 'yes') return path;
    forbidden ||= verdict === 'forbidden';
  }
  throw failure(forbidden ? 'EACCES' : 'ENOENT', 'spawn', command);
}
