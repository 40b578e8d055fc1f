import type { Clock } from '../../../core/base/clock.js';
import { builtin, type Engine, type TurnOutput, type TurnRequest } from '../engine.js';
import { describeReport, parseFileQuestion } from '../files/file-question.js';
import { searchFiles } from '../files/file-search.js';
import { answerSum } from './arithmetic-question.js';
import { answerCommand, parseCommandQuestion } from './command-question.js';
import { answerDate } from './dates.js';
import { answerConversion } from './units.js';

export interface ToolsOptions {
  readonly clock: Clock;
  readonly timeZone: () => string;
  /** Folders the operator allows to search, next to the session's own. */
  readonly folders: readonly string[];
}

const maxLines = 20;

export const toolsHelp = `In this mode I work things out, without a network and without guessing:

- arithmetic: "15% of 240", "(3 + 4) * 2^10", "sqrt(2) + ln(5)", "the average of 3, 4 and 8"
- units: "convert 5 miles to km", "72 f in c", "how many ml are in 2 cups"
- dates: "days between 2026-01-01 and 2026-03-05", "30 days after today", "time in Tokyo"
- commands, as far as Roost's rules or a person allow them: "run ls -la", "$ wc -l notes.txt"
- files in the session's folder and the folders the operator allows: "find files *.md", "search for TODO in the files"`;

export type ToolsAnswer = (request: TurnRequest, output: TurnOutput) => Promise<boolean>;

/**
 * Puts the answer out and says true when the text is something to compute, convert, date or search for.
 * `whole`: small talk that merely mentions a sum is left alone.
 */
export function createToolsAnswer(options: ToolsOptions, strict: { readonly whole: boolean }): ToolsAnswer {
  return async (request, output) => {
    const single = await answerOne(request.text, request, output, options, strict.whole);
    if (single !== undefined) {
      await output.text(single);
      return true;
    }
    const lines = request.text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
    if (lines.length < 2 || lines.length > maxLines) return false;
    let answered = 0;
    for (const line of lines) {
      request.signal.throwIfAborted();
      const answer = await answerOne(line, request, output, options, true);
      if (answer === undefined) continue;
      await output.text(`${answered++ === 0 ? '' : '\n'}${answer}`);
    }
    return answered > 0;
  };
}

/** Mode `tools`: does the work, or says what it can do. */
export function createToolsEngine(options: ToolsOptions): Engine {
  const answer = createToolsAnswer(options, { whole: false });
  return async (request, output) => {
    if (!(await answer(request, output))) await output.text(`I found nothing to work out in that. ${toolsHelp}`);
    return builtin;
  };
}

async function answerOne(text: string, request: TurnRequest, output: TurnOutput, options: ToolsOptions, whole: boolean): Promise<string | undefined> {
  const date = answerDate(text, { nowMs: options.clock.wallMs(), timeZone: options.timeZone() });
  if (date !== undefined) return shown(output, 'Work out a date', date);
  const conversion = answerConversion(text);
  if (conversion !== undefined) return shown(output, 'Convert units', conversion);
  const sum = answerSum(text, { whole });
  if (sum !== undefined) return shown(output, `Work out ${sum.expression.slice(0, 80)}`, sum.text);
  const command = whole ? undefined : parseCommandQuestion(text);
  if (command !== undefined) {
    const end = await output.step(`Run ${command.slice(0, 200)}`, 'execute');
    const { text: answer, failed } = await answerCommand(command, request.host.run, request.signal);
    await end(answer.slice(0, 4_000), failed);
    return answer;
  }
  const query = parseFileQuestion(text);
  if (query === undefined) return undefined;
  const end = await output.step(query.by === 'name' ? `Find files: ${query.pattern.slice(0, 80)}` : `Search files for ${query.text.slice(0, 80)}`, 'search');
  try {
    const folders = [request.cwd, ...options.folders];
    const report = await searchFiles(query, folders, { clock: options.clock, signal: request.signal });
    await end(`${report.hits.length} hits in ${report.files} files`);
    return describeReport(query, report, folders);
  } catch (error) {
    await end(request.signal.aborted ? 'cancelled' : 'failed', true);
    throw error;
  }
}

async function shown(output: TurnOutput, title: string, answer: string): Promise<string> {
  const end = await output.step(title, 'think');
  await end(answer);
  return answer;
}
