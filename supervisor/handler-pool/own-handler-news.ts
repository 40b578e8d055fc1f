import type { OwnFile } from '../../contract/handler-messages.js';

/** What the activity list tells of the folder of own handlers after it was read. */
export function ownHandlerNews(files: readonly OwnFile[]): readonly { readonly severity: 'info' | 'warning'; readonly message: string }[] {
  const names = files.flatMap((file) => ('handler' in file ? [file.handler.name] : []));
  const what = names.length === 0 ? 'Own handlers: none.' : `Own handlers read: ${names.join(', ')}.`;
  return [
    { severity: 'info', message: what },
    ...files.flatMap((file) => ('problem' in file ? [{ severity: 'warning' as const, message: `${file.file} is no handler: ${file.problem}` }] : [])),
  ];
}
