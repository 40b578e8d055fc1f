/**
 * Looks for many words at once in bytes, in one pass: a table says for each place in the words found so far and
 * each next byte which place comes next (Aho and Corasick, "Efficient string matching", CACM 18, 1975).
 * Capitals count like small letters. Only the first bytes of a word are looked for, so a find is a suspicion that
 * something slower has to confirm; without a find none of the words is there.
 */

const newline = 0x0a;
const tab = 0x09;
/** More of a word would make the table large and hardly fewer suspicions. */
const comparedBytes = 10;
const noClass = 255;

export interface Scan {
  /** Only printable ASCII, tabs and newlines, and none of the words. */
  readonly innocent: boolean;
  /** Newlines in it. Meaningless unless innocent. */
  readonly lines: number;
  /** Bytes of the longest line without its newline. */
  readonly longest: number;
}

const suspicious: Scan = { innocent: false, lines: 0, longest: 0 };

export class WordFinder {
  /** Of each byte; `noClass` for those that a plain text does not hold. */
  readonly #classOf = new Uint8Array(256);
  readonly #classes: number;
  /** Place and class to the next place; places are premultiplied with the number of classes. */
  readonly #next: Int32Array;
  /** From this place on a word is complete. */
  readonly #found: number;

  constructor(words: readonly string[]) {
    // A word with other characters stands in no plain text.
    const plain = [...new Set(words.filter((word) => /^[\t\x20-\x7e]+$/.test(word)).map((word) => word.slice(0, comparedBytes).toLowerCase()))];
    this.#classes = this.#classify(plain);
    const { next, found } = this.#table(plain);
    this.#next = next;
    this.#found = found;
  }

  scan(bytes: Uint8Array): Scan {
    const classOf = this.#classOf;
    const next = this.#next;
    const found = this.#found;
    let place = 0;
    let lines = 0;
    let longest = 0;
    let start = 0;
    const { length } = bytes;
    for (let at = 0; at < length; at++) {
      const byte = bytes[at] as number;
      if (byte === newline) {
        lines++;
        if (at - start > longest) longest = at - start;
        start = at + 1;
        place = 0;
        continue;
      }
      const kind = classOf[byte] as number;
      if (kind === noClass) return suspicious;
      place = next[place + kind] as number;
      if (place >= found) return suspicious;
    }
    return { innocent: true, lines, longest: Math.max(longest, length - start) };
  }

  /** Bytes that no word holds share class 0. */
  #classify(words: readonly string[]): number {
    this.#classOf.fill(noClass);
    this.#classOf.fill(0, 0x20, 0x7f);
    this.#classOf[tab] = 0;
    let classes = 1;
    for (const char of new Set(words.join(''))) {
      const code = char.charCodeAt(0);
      this.#classOf[code] = classes;
      this.#classOf[char.toUpperCase().charCodeAt(0)] = classes;
      classes++;
    }
    return classes;
  }

  #table(words: readonly string[]): { readonly next: Int32Array; readonly found: number } {
    const nodes = trieOf(words);
    const order = breadthFirst(nodes);
    for (const node of order) {
      for (const [char, child] of node.children) {
        let back = node.fallback;
        while (back !== undefined && !back.children.has(char)) back = back.fallback;
        child.fallback = back?.children.get(char) ?? nodes;
        child.ends ||= child.fallback.ends;
      }
    }
    // Complete words last, so that one comparison tells them.
    const placed = [...order.filter(({ ends }) => !ends), ...order.filter(({ ends }) => ends)];
    placed.forEach((node, index) => {
      node.place = index * this.#classes;
    });
    const next = new Int32Array(placed.length * this.#classes);
    const chars = new Map([...new Set(words.join(''))].map((char) => [char, this.#classOf[char.charCodeAt(0)] as number]));
    for (const node of order) {
      // What the shorter end of this place would do, unless this place knows better.
      if (node.fallback !== undefined) next.copyWithin(node.place, node.fallback.place, node.fallback.place + this.#classes);
      for (const [char, child] of node.children) next[node.place + (chars.get(char) as number)] = child.place;
    }
    return { next, found: order.filter(({ ends }) => !ends).length * this.#classes };
  }
}

interface Node {
  readonly children: Map<string, Node>;
  fallback: Node | undefined;
  ends: boolean;
  place: number;
}

const emptyNode = (): Node => ({ children: new Map(), fallback: undefined, ends: false, place: 0 });

function trieOf(words: readonly string[]): Node {
  const root = emptyNode();
  for (const word of words) {
    let node = root;
    for (const char of word) {
      const child = node.children.get(char) ?? emptyNode();
      node.children.set(char, child);
      node = child;
    }
    node.ends = true;
  }
  // A word of no letters would be everywhere.
  root.ends = false;
  return root;
}

function breadthFirst(root: Node): Node[] {
  const order = [root];
  for (const node of order) order.push(...node.children.values());
  return order;
}
