import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './host.js';

/** An agent that stops in the middle of each answer until it is let on. */
export class PausingAgent {
  readonly #gate = join(tmpdir(), `roost-gate-${randomUUID()}`);

  get config(): string {
    const command = [process.execPath, join(root, 'e2e/fixtures/agents/waits-for-file.mjs')];
    return `templates: { slow: { command: ${JSON.stringify(command)}, env: { GATE: ${JSON.stringify(this.#gate)} } } }\npool: { template: slow }\n`;
  }

  letOn(): void {
    writeFileSync(this.#gate, '');
  }

  dispose(): void {
    rmSync(this.#gate, { force: true });
  }
}
