import { isRunbook, type Runbook, runbooks } from '../../contract/runbooks.js';

/** The files of docs/runbooks, built into the screen: the same text in a browser and in the desktop app, also without a network. */
const files = import.meta.glob<string>('../../docs/runbooks/*.md', { query: '?raw', import: 'default', eager: true });

export interface RunbookText {
  readonly name: Runbook;
  readonly title: string;
  /** Without its title and its last line. */
  readonly body: string;
  readonly also: readonly Runbook[];
}

/** "# Title", the text, and at its end "See also: [name](name.md), …". */
export function readRunbook(name: Runbook, text: string): RunbookText {
  const title = /^# (.+)$/m.exec(text)?.[1] ?? name;
  const links = /^See also: (.+)$/m.exec(text)?.[1] ?? '';
  const also = [...links.matchAll(/\[([a-z-]+)\]/g)].map((match) => match[1] ?? '').filter(isRunbook);
  const body = text
    .replace(/^# .+\n/, '')
    .replace(/^See also: .+$/m, '')
    .trim();
  return { name, title, body, also };
}

export const allRunbooks: readonly RunbookText[] = runbooks.map((name) => readRunbook(name, files[`../../docs/runbooks/${name}.md`] ?? ''));
