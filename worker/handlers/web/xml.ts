import { RoostError } from '../../../contract/errors.js';
import { decodeEntities } from './entities.js';

export interface XmlElement {
  /** Without its namespace prefix, in lower case. */
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Its own text and that of what is inside, in order. */
  readonly text: string;
}

interface Building {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: XmlElement[];
  readonly texts: string[];
}

const maxDepth = 64;
const maxElements = 200_000;
const bad = (what: string, at: number): RoostError => new RoostError('bad-request', `not well-formed XML: ${what} at character ${at}`);
const localName = (name: string): string => name.slice(name.indexOf(':') + 1).toLowerCase();

function attributesOf(source: string, at: number): Record<string, string> {
  const attributes: Record<string, string> = Object.create(null) as Record<string, string>;
  let rest = source;
  while (rest.trim() !== '') {
    const match = /^\s*([^\s=/>"']{1,100})\s*=\s*(?:"([^"]*)"|'([^']*)')/.exec(rest);
    if (match === null) throw bad('an attribute without a quoted value', at);
    attributes[localName(match[1] ?? '')] = decodeEntities(match[2] ?? match[3] ?? '');
    rest = rest.slice(match[0].length);
  }
  return attributes;
}

const finished = ({ name, attributes, children, texts }: Building): XmlElement => ({ name, attributes, children, text: texts.join('') });

/**
 * The part of XML that feeds use: elements, attributes, text, CDATA, comments. No document type is read and
 * no entity defined by the document is known, so that neither external files nor nested entities
 * can be pulled in; depth and number of elements are bounded.
 */
export function parseXml(source: string): XmlElement {
  const stack: Building[] = [];
  let root: XmlElement | undefined;
  let elements = 0;
  let at = source.charCodeAt(0) === 0xfeff ? 1 : 0;
  const addText = (text: string, from: number): void => {
    const top = stack.at(-1);
    if (top !== undefined) top.texts.push(text);
    else if (text.trim() !== '') throw bad('text outside of the root element', from);
  };
  const close = (): void => {
    const done = stack.pop();
    if (done === undefined) return;
    const element = finished(done);
    const parent = stack.at(-1);
    if (parent === undefined) root = element;
    else {
      parent.children.push(element);
      parent.texts.push(element.text);
    }
  };
  while (at < source.length) {
    const open = source.indexOf('<', at);
    addText(decodeEntities(source.slice(at, open === -1 ? source.length : open)), at);
    if (open === -1) break;
    const skipTo = (mark: string, from: number): number => {
      const end = source.indexOf(mark, from);
      if (end === -1) throw bad(`no ${mark}`, open);
      return end + mark.length;
    };
    if (source.startsWith('<!--', open)) at = skipTo('-->', open + 4);
    else if (source.startsWith('<![CDATA[', open)) {
      at = skipTo(']]>', open + 9);
      addText(source.slice(open + 9, at - 3), open);
    } else if (source.startsWith('<?', open)) at = skipTo('?>', open + 2);
    else if (source.startsWith('<!', open)) {
      at = skipTo('>', open + 2);
      if (source.slice(open, at).includes('[')) throw bad('a document type with declarations of its own, which is not read', open);
    } else if (source.startsWith('</', open)) {
      at = skipTo('>', open + 2);
      const name = localName(source.slice(open + 2, at - 1).trim());
      if (stack.at(-1)?.name !== name) throw bad(`</${name.slice(0, 40)}> closes nothing that is open`, open);
      close();
    } else {
      const end = tagEnd(source, open + 1);
      if (end === -1) throw bad('a tag without an end', open);
      const selfClosed = source[end - 1] === '/';
      const match = /^([^\s/>]{1,200})([\s\S]*)$/.exec(source.slice(open + 1, selfClosed ? end - 1 : end));
      if (match === null || !/^[A-Za-z_]/.test(match[1] ?? '')) throw bad('a tag without a name', open);
      if (root !== undefined) throw bad('a second root element', open);
      if (stack.length >= maxDepth || ++elements > maxElements) throw bad('more elements, or deeper ones, than any feed has', open);
      stack.push({ name: localName(match[1] ?? ''), attributes: attributesOf(match[2] ?? '', open), children: [], texts: [] });
      if (selfClosed) close();
      at = end + 1;
    }
  }
  if (root === undefined || stack.length > 0) throw bad('it ends too early', source.length);
  return root;
}

function tagEnd(source: string, from: number): number {
  let quote = '';
  for (let at = from; at < source.length; at++) {
    const char = source[at] ?? '';
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === '"' || char === "'") quote = char;
    else if (char === '>') return at;
  }
  return -1;
}
