import { homedir } from 'node:os';

/** The home directory of this account; empty where it has none: then `--data-dir` decides. */
export function homeOf(): string {
  try {
    return homedir();
  } catch {
    return '';
  }
}
