import type { HostLink } from '../host-link.js';

const asked = /^(?:please )?(?:run|execute)(?: (?:the )?command)?:?\s+(?:`([^`]+)`|(.+))$|^\$\s+(.+)$/is;

/** The command line of a text that asks for one to be run; undefined when it does not. */
export function parseCommandQuestion(text: string): string | undefined {
  const match = asked.exec(text.trim());
  const line = (match?.[1] ?? match?.[2] ?? match?.[3])?.trim();
  return line === undefined || line === '' ? undefined : line;
}

const maxShownChars = 20_000;

/** What it printed and how it ended, as Markdown; a refusal in the words of whoever refused. */
export async function answerCommand(line: string, run: HostLink['run'], signal: AbortSignal): Promise<{ readonly text: string; readonly failed: boolean }> {
  if (run === undefined) return { text: 'I may not run commands here.', failed: true };
  try {
    const { output, truncated, exitCode, signal: killedBy } = await run(line, signal);
    const end = killedBy !== null ? `It was ended by ${killedBy}.` : exitCode === 0 ? '' : `It ended with exit code ${exitCode}.`;
    const shown = output.length > maxShownChars ? output.slice(-maxShownChars) : output;
    const cut = truncated || shown !== output ? '(The beginning is left out.)\n' : '';
    const body = shown.trim() === '' ? 'It printed nothing.' : `${cut}${fenced(shown.replace(/\n$/, ''))}`;
    return { text: [body, end].filter((part) => part !== '').join('\n\n'), failed: exitCode !== 0 };
  } catch (error) {
    signal.throwIfAborted();
    return { text: error instanceof Error ? error.message : 'It could not be run.', failed: true };
  }
}

/** A fence longer than any in the text. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}
