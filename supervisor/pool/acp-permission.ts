import type { RequestPermissionRequest } from '@agentclientprotocol/sdk';

export interface Question {
  readonly title: string;
  /** What the agent shows about its tool call: input, places, changes. */
  readonly detail: string | null;
  /** The option that stands for a single yes; a lasting one is never chosen for a person. */
  readonly allow: string | undefined;
  readonly reject: string | undefined;
}

const maxDetailChars = 20_000;

/** A request for permission as one question with a yes and a no. */
export function optionFor({ toolCall, options }: RequestPermissionRequest): Question {
  const of = (kind: string): string | undefined => options.find((option) => option.kind === kind)?.optionId;
  const places = (toolCall.locations ?? []).map(({ path, line }) => (line == null ? path : `${path}:${line}`));
  const changes = (toolCall.content ?? []).flatMap((content) => {
    if (content.type === 'diff')
      return [`change of ${content.path}\n${content.oldText == null ? '' : marked('-', content.oldText)}${marked('+', content.newText)}`];
    return content.type === 'content' && content.content.type === 'text' ? [content.content.text] : [];
  });
  const input = toolCall.rawInput === undefined ? [] : [JSON.stringify(toolCall.rawInput, null, 2)];
  const detail = [...places, ...changes, ...input].join('\n').slice(0, maxDetailChars);
  return {
    title: toolCall.title ?? toolCall.toolCallId,
    detail: detail === '' ? null : detail,
    allow: of('allow_once'),
    reject: of('reject_once') ?? of('reject_always'),
  };
}

const marked = (sign: string, text: string): string =>
  text
    .split('\n')
    .map((line) => `${sign} ${line}\n`)
    .join('');
