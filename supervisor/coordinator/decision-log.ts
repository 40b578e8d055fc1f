import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { decisionRecordSchema, type LoggedTurn } from '../../core/coordinator/decision-record.js';
import { armOfSlot } from '../../core/coordinator/live-settings.js';
import { idOrder, type LogStore } from '../../core/coordinator/log-store.js';
import { microPerReward } from '../../core/coordinator/types.js';
import type { DecisionArchive } from './decision-archive.js';

type Fields = Readonly<Record<string, string>>;

/** What became of one turn, as it comes together from the log read backwards. */
interface Ending {
  readonly reward: number;
  readonly by: string;
  readonly atMs: number;
  readonly parts: string;
  rating: string;
  comment: string;
}

/** Decisions with what became of them, out of the archive and what is not archived yet. */
export class DecisionLog {
  readonly #archive: Pick<DecisionArchive, 'files' | 'cursor'>;
  readonly #log: Pick<LogStore, 'entries'>;

  constructor(options: { readonly archive: Pick<DecisionArchive, 'files' | 'cursor'>; readonly log: Pick<LogStore, 'entries'> }) {
    this.#archive = options.archive;
    this.#log = options.log;
  }

  /** The newest `last` decisions, oldest first; `wanted` leaves others out before they count. */
  async read(last: number, wanted: (fields: Fields) => boolean = () => true): Promise<readonly LoggedTurn[]> {
    const end = await this.#archive.cursor();
    const pages: Fields[][] = [await this.#tail(end)];
    let found = decisionsIn(pages[0] ?? [], wanted);
    for (const path of [...(await this.#archive.files())].reverse()) {
      if (found >= last) break;
      const page = await linesOf(path, end);
      found += decisionsIn(page, wanted);
      pages.push(page);
    }
    return join(pages, last, wanted);
  }

  /** Entries of the stream past what was the archive's end. */
  async #tail(end: string): Promise<Fields[]> {
    const found: Fields[] = [];
    for (let after = end; ; ) {
      const page = await this.#log.entries(after);
      if (page.length === 0) return found;
      for (const entry of page) found.push(entry.fields);
      after = page.at(-1)?.id ?? after;
    }
  }
}

const decisionsIn = (page: readonly Fields[], wanted: (fields: Fields) => boolean): number =>
  page.reduce((count, fields) => count + Number(fields['k'] === 'd' && wanted(fields)), 0);

/** What was archived after `end` came while the stream was read, which had it, too. */
async function linesOf(path: string, end: string): Promise<Fields[]> {
  const found: Fields[] = [];
  for await (const line of createInterface({ input: createReadStream(path, 'utf8') })) {
    try {
      const fields = JSON.parse(line) as Fields;
      if (idOrder(fields['id'] ?? '', end) <= 0) found.push(fields);
    } catch {
      // A damaged line costs that line only.
    }
  }
  return found;
}

function join(pages: readonly (readonly Fields[])[], last: number, wanted: (fields: Fields) => boolean): readonly LoggedTurn[] {
  const endings = new Map<string, Ending>();
  const turns: LoggedTurn[] = [];
  // Newest page first, each read backwards: a settlement is met before its decision.
  for (const page of pages) {
    for (let at = page.length - 1; at >= 0 && turns.length < last; at--) {
      const fields = page[at];
      if (fields === undefined) continue;
      const turnId = fields['t'] ?? '';
      if (fields['k'] === 's') settle(endings, turnId, fields);
      else if (fields['k'] === 'd' && wanted(fields)) {
        const turn = turnOf(turnId, fields, endings.get(turnId));
        if (turn !== undefined) turns.push(turn);
      }
    }
  }
  return turns.reverse();
}

function settle(endings: Map<string, Ending>, turnId: string, fields: Fields): void {
  const known = endings.get(turnId);
  const { v = '0', by = '', at = '0', parts = '', rating = '', comment = '' } = fields;
  if (known === undefined) endings.set(turnId, { reward: Number(v) / microPerReward, by, atMs: Number(at), parts, rating, comment });
}

function turnOf(turnId: string, fields: Fields, ending: Ending | undefined): LoggedTurn | undefined {
  const parsed = decisionRecordSchema.safeParse(safeJson(fields['j'] ?? ''));
  if (!parsed.success) return undefined;
  return {
    turnId,
    decision: parsed.data,
    bucket: Number(fields['b'] ?? 0),
    reward: ending?.reward ?? null,
    settledBy: ending === undefined ? null : ending.by === 'feedback' || ending.by === 'amend' ? ending.by : 'timeout',
    settledAtMs: ending?.atMs ?? null,
    rating: ending === undefined || ending.rating === '' ? null : Number(ending.rating),
    comment: ending === undefined || ending.comment === '' ? null : ending.comment,
    parts: ending === undefined || ending.parts === '' ? null : ending.parts,
  };
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** For filters: the arm of an entry, whatever generation its sums belong to. */
export const armOfEntry = (fields: Fields): string => armOfSlot(fields['a'] ?? '');
