import { mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RoostError } from '../../contract/errors.js';

/** Of a folder with a session's files: that of its first agent. */
export const folderName = /^agent-\d{1,15}$/;
const agentName = /^agent-(\d{1,15})(?:\.log(?:\.\d+)?)?$/;
/** Log files of agents long gone that are kept for reading. */
const keptLogs = 200;

/** The directories of agents. A number is never used twice, so no agent finds the files of another. */
export class AgentFiles {
  readonly #workspaces: string;
  readonly #logs: string;

  constructor(dataDir: string) {
    this.#workspaces = join(dataDir, 'workspaces');
    this.#logs = join(dataDir, 'logs');
  }

  workspace(name: string): string {
    return join(this.#workspaces, name);
  }

  /** The highest number any agent of any run has left a trace of; 0 when there is none. */
  async highestNumber(): Promise<number> {
    const names = [...(await list(this.#workspaces)), ...(await list(this.#logs))];
    return names.reduce((highest, name) => Math.max(highest, Number(agentName.exec(name)?.[1] ?? 0)), 0);
  }

  /** The folder of an agent, or the one that it takes over; the name may come from a record. */
  async prepare(name: string): Promise<string> {
    if (!folderName.test(name)) throw new RoostError('internal', 'a folder of an agent has another name');
    const path = this.workspace(name);
    await mkdir(path, { recursive: true, mode: 0o700 });
    return path;
  }

  /** Removes the workspace when the agent left nothing in it; what a person may want stays. */
  async dropEmpty(name: string): Promise<void> {
    await rmdir(this.workspace(name)).catch(() => undefined);
  }

  async pruneLogs(): Promise<void> {
    const files = (await list(this.#logs)).flatMap((file) => {
      const number = Number(agentName.exec(file)?.[1] ?? 0);
      return number > 0 ? [{ file, number }] : [];
    });
    const oldest = [...new Set(files.map(({ number }) => number))].sort((a, b) => b - a)[keptLogs];
    if (oldest === undefined) return;
    await Promise.all(files.filter(({ number }) => number <= oldest).map(({ file }) => rm(join(this.#logs, file), { force: true })));
  }
}

const list = (path: string): Promise<string[]> => readdir(path).catch(() => []);
