import { appendFile, readFile, rename, stat } from 'node:fs/promises';
import { type Incident, incidentSchema } from '../../contract/state.js';

/** Two files of this size hold far more than the incidents that are kept. */
const maxBytes = 2 * 1024 ** 2;

/** One line of JSON for every state of an incident that matters; the last line of an id counts. Written also while Redis is away. */
export class IncidentFile {
  readonly #path: string;
  readonly #maxBytes: number;

  constructor(options: { readonly path: string; readonly maxBytes?: number }) {
    this.#path = options.path;
    this.#maxBytes = options.maxBytes ?? maxBytes;
  }

  /** Every readable incident of both files, the newest first. A line that was cut off by a crash is left out. */
  async read(): Promise<readonly Incident[]> {
    const found = new Map<string, Incident>();
    for (const path of [`${this.#path}.1`, this.#path]) {
      const text = await readFile(path, 'utf8').catch(() => '');
      for (const line of text.split('\n')) {
        const incident = parse(line);
        if (incident !== undefined) found.set(incident.id, incident);
      }
    }
    return newestFirst([...found.values()]);
  }

  async append(incident: Incident): Promise<void> {
    const size = await stat(this.#path).then(
      (file) => file.size,
      () => 0,
    );
    if (size > this.#maxBytes) await rename(this.#path, `${this.#path}.1`);
    // Begins on a line of its own even when the one before was cut off.
    await appendFile(this.#path, `${size > 0 && size <= this.#maxBytes ? '\n' : ''}${JSON.stringify(incident)}\n`, { mode: 0o600 });
  }
}

export const newestFirst = (incidents: readonly Incident[]): readonly Incident[] =>
  [...incidents].sort((left, right) => right.openedAtMs - left.openedAtMs || (right.id < left.id ? -1 : 1));

export function parse(line: string): Incident | undefined {
  if (line.trim() === '') return undefined;
  try {
    const found: unknown = JSON.parse(line);
    const parsed = incidentSchema.safeParse(found !== null && typeof found === 'object' ? withBeginning(found) : found);
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** Records of earlier versions know only when they were opened. */
function withBeginning(found: object): object {
  const openedAtMs = 'openedAtMs' in found ? found.openedAtMs : undefined;
  return { beganAtMs: openedAtMs, detectedAtMs: openedAtMs, ...found };
}
