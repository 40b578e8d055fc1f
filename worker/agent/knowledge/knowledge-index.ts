import { stat } from 'node:fs/promises';
import MiniSearch from 'minisearch';
import type { Clock } from '../../../core/base/clock.js';
import { readText } from '../files/bounded-file.js';
import { existingRoots, walk } from '../files/folder-walk.js';
import { type Section, sectionsOf } from './sections.js';
import { queryTerms, termOf, wordsOf } from './terms.js';

export interface KnowledgeLimits {
  readonly maxFiles: number;
  readonly maxFileBytes: number;
  readonly maxTotalBytes: number;
  /** How long the list of files is taken as it is before the folders are looked at again. */
  readonly freshMs: number;
}

export const knowledgeLimits: KnowledgeLimits = { maxFiles: 1_000, maxFileBytes: 1024 ** 2, maxTotalBytes: 32 * 1024 ** 2, freshMs: 1_000 };

export interface Passage {
  readonly section: Section;
  readonly score: number;
  /** Terms of the question this section holds, 0..1. */
  readonly coverage: number;
}

export interface KnowledgeAnswer {
  /** Best first; empty when nothing fits well enough. */
  readonly passages: readonly Passage[];
  readonly terms: readonly string[];
  readonly files: number;
  readonly notes: readonly string[];
}

interface KnownFile {
  readonly mark: string;
  readonly sections: readonly Section[];
  readonly bytes: number;
}

/** Less than this share of the question's terms is a coincidence, not an answer. */
const minCoverage = 0.5;

/** The Markdown files of some folders, split by heading and indexed; reads again only what has changed. */
export class KnowledgeIndex {
  readonly #folders: readonly string[];
  readonly #clock: Clock;
  readonly #limits: KnowledgeLimits;
  #files = new Map<string, KnownFile>();
  #sections: readonly Section[] = [];
  #search: MiniSearch | undefined;
  #notes: readonly string[] = [];
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: { readonly folders: readonly string[]; readonly clock: Clock; readonly limits?: KnowledgeLimits }) {
    this.#folders = options.folders;
    this.#clock = options.clock;
    this.#limits = options.limits ?? knowledgeLimits;
  }

  /** The `max` best sections, each with at least half of the question's terms and not far behind the best. */
  async find(question: string, max: number, signal: AbortSignal): Promise<KnowledgeAnswer> {
    await this.#refresh(signal);
    const terms = queryTerms(question);
    const found = terms.length === 0 ? [] : (this.#search?.search(terms.join(' ')) ?? []);
    const passages = found.slice(0, 50).flatMap((result): Passage[] => {
      const section = this.#sections[Number(result.id)];
      return section === undefined ? [] : [{ section, score: result.score, coverage: new Set(result.queryTerms).size / terms.length }];
    });
    const fitting = passages.filter((passage) => passage.coverage >= minCoverage).sort((a, b) => b.coverage * b.score - a.coverage * a.score);
    const best = fitting[0];
    const close = best === undefined ? [] : fitting.filter((passage) => passage.coverage * passage.score >= 0.45 * best.coverage * best.score);
    return { passages: close.slice(0, max), terms, files: this.#files.size, notes: this.#notes };
  }

  async #refresh(signal: AbortSignal): Promise<void> {
    const nowMs = this.#clock.monoMs();
    if (nowMs - this.#lookedAtMs < this.#limits.freshMs) return;
    const notes = new Set<string>();
    const { roots, missing } = await existingRoots(this.#folders);
    for (const folder of missing) notes.add(`the folder ${folder} cannot be read`);
    const files = new Map<string, KnownFile>();
    let [bytes, changed] = [0, false];
    for await (const file of walk(roots, { maxEntries: 20_000, maxDepth: 8 }, signal, () => notes.add('some folders are too large to be read whole'))) {
      if (!/\.(?:md|markdown)$/i.test(file.path)) continue;
      if (files.size >= this.#limits.maxFiles || bytes >= this.#limits.maxTotalBytes) {
        notes.add(`only the first ${files.size} files are read`);
        break;
      }
      const stats = await stat(file.path).catch(() => undefined);
      if (stats === undefined) continue;
      const mark = `${stats.mtimeMs}:${stats.size}:${stats.ino}`;
      const known = this.#files.get(file.path);
      const current = known?.mark === mark ? known : await this.#read(file.path, file.shown, mark, notes);
      changed ||= current !== known;
      bytes += current.bytes;
      files.set(file.path, current);
    }
    changed ||= files.size !== this.#files.size;
    this.#files = files;
    this.#notes = [...notes];
    this.#lookedAtMs = nowMs;
    if (changed || this.#search === undefined) this.#build();
  }

  async #read(path: string, shown: string, mark: string, notes: Set<string>): Promise<KnownFile> {
    const read = await readText(path, this.#limits.maxFileBytes);
    if (read.kind === 'text') return { mark, sections: sectionsOf(shown, read.text), bytes: read.bytes };
    notes.add(`${shown} is ${read.kind === 'too-large' ? `larger than ${this.#limits.maxFileBytes} bytes` : read.kind} and was left out`);
    return { mark, sections: [], bytes: 0 };
  }

  #build(): void {
    this.#sections = [...this.#files.values()].flatMap((file) => file.sections);
    this.#search = new MiniSearch({
      fields: ['title', 'heading', 'file', 'text'],
      tokenize: wordsOf,
      processTerm: (term) => termOf(term) ?? null,
      searchOptions: {
        boost: { title: 4, heading: 2, file: 1.5 },
        // Terms arrive stemmed; stemming twice would lose letters.
        processTerm: (term) => term,
        prefix: (term) => term.length >= 4,
        fuzzy: (term) => (term.length >= 6 ? 1 : false),
        weights: { prefix: 0.3, fuzzy: 0.15 },
      },
    });
    this.#search.addAll(this.#sections.map((section, id) => ({ id, title: section.title, heading: section.heading, file: section.file, text: section.text })));
  }
}
