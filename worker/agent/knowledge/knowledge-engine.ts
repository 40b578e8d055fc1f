import { builtin, type Engine, type TurnOutput, type TurnRequest } from '../engine.js';
import type { KnowledgeAnswer, KnowledgeIndex } from './knowledge-index.js';
import { passageOf } from './passage.js';

const maxPassages = 3;

export type KnowledgeLookup = (
  request: TurnRequest,
  output: TurnOutput,
  minCoverage: number,
) => Promise<{ readonly answered: boolean; readonly answer: KnowledgeAnswer }>;

/** Puts out the best passages when at least one covers `minCoverage` of the question's terms. */
export function createKnowledgeLookup(index: KnowledgeIndex): KnowledgeLookup {
  return async (request, output, minCoverage) => {
    const end = await output.step('Search the knowledge folders', 'search');
    try {
      const answer = await index.find(request.text, maxPassages, request.signal);
      await end(`${answer.passages.length} passages in ${answer.files} files`);
      const passages = answer.passages.filter((passage) => passage.coverage >= minCoverage);
      for (const [position, { section }] of passages.entries()) {
        request.signal.throwIfAborted();
        const quote = passageOf(section, answer.terms)
          .split('\n')
          .map((line) => (line === '' ? '>' : `> ${line}`))
          .join('\n');
        await output.text(`${position === 0 ? '' : '\n\n'}${quote}\n\n[${section.file} § ${section.title}]`);
      }
      return { answered: passages.length > 0, answer };
    } catch (error) {
      await end(request.signal.aborted ? 'cancelled' : 'failed', true);
      throw error;
    }
  };
}

/** Mode `knowledge`: quotes and cites, or says that the documents do not tell. Never answers from anywhere else. */
export function createKnowledgeEngine(lookup: KnowledgeLookup): Engine {
  return async (request, output) => {
    const { answered, answer } = await lookup(request, output, 0);
    if (!answered) await output.text(nothingFound(answer));
    return builtin;
  };
}

function nothingFound(answer: KnowledgeAnswer): string {
  const notes = answer.notes.length === 0 ? '' : ` Note: ${answer.notes.join('; ')}.`;
  if (answer.files === 0)
    return `There is no Markdown file to search. Put some into the knowledge folder of the data directory, or name folders in roost.yaml under agent.knowledge.${notes}`;
  if (answer.terms.length === 0)
    return `I need a few telling words to search for. I have ${answer.files} Markdown file${answer.files === 1 ? '' : 's'} to look in.${notes}`;
  return `The ${answer.files} Markdown file${answer.files === 1 ? '' : 's'} I can search say nothing about that (looked for: ${answer.terms.join(', ')}). I do not answer from anywhere else in this mode.${notes}`;
}
