import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { AuditVerdict } from '../../contract/audit.js';
import { breach, type Link, unseal } from './audit-entry.js';
import { currentName, readAnchor, sameLink, segments } from './audit-files.js';

/**
 * Reads the whole chain and names the first entry that was changed, left out, put elsewhere or cut off.
 * `head` is what the writer holds in memory: entries it has acknowledged must be there whatever the anchor says.
 */
export async function verifyAudit(dir: string, head?: Link): Promise<AuditVerdict> {
  const anchor = await readAnchor(dir);
  const files = [...(await segments(dir)), currentName];
  let last: Link | undefined = anchor?.base;
  let firstSeq: number | null = null;
  let entries = 0;
  let place = { file: currentName, line: 0 };
  let anchored = anchor !== undefined && sameLink(anchor.head, anchor.base);
  const broken = (message: string): AuditVerdict => ({
    ok: false,
    entries,
    firstSeq,
    lastSeq: last === undefined || entries === 0 ? null : last.seq,
    broken: { seq: (last?.seq ?? 0) + 1, ...place, message },
  });

  for (const file of files) {
    let line = 0;
    for await (const text of linesOf(join(dir, file))) {
      line += 1;
      place = { file, line };
      if (text === '') continue;
      const read = unseal(text);
      if ('problem' in read) return broken(`the entry ${read.problem}`);
      const { entry } = read;
      // Without an anchor the first entry there is begins the chain; that it is missing is said at the end.
      const why = last === undefined ? undefined : breach(last, entry);
      if (why !== undefined) return broken(why);
      last = { seq: entry.seq, hash: entry.hash };
      firstSeq ??= entry.seq;
      entries += 1;
      if (anchor !== undefined && sameLink(anchor.head, last)) anchored = true;
    }
  }
  place = { file: currentName, line: place.line + 1 };
  if (anchor === undefined) {
    if (entries === 0 && (head === undefined || head.seq === 0)) return { ok: true, entries, firstSeq, lastSeq: null, broken: null };
    return broken('audit.head, which says where the log ends, is missing');
  }
  if (!anchored) return broken(`the log ends before entry ${anchor.head.seq}, which was written: its end is missing`);
  if (head !== undefined && head.seq > (last?.seq ?? 0)) return broken(`the log ends before entry ${head.seq}, which was written: its end is missing`);
  return { ok: true, entries, firstSeq, lastSeq: entries === 0 ? null : (last?.seq ?? null), broken: null };
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const stream = createReadStream(path, { encoding: 'utf8' });
  try {
    yield* createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  } finally {
    stream.destroy();
  }
}
