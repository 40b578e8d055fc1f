/** The request inside a suggestion, in quotes, that can be sent as it stands; undefined when it is advice to read. */
export function askable(suggestion: string): string | undefined {
  const quoted = /"([^"…]{3,200})"/.exec(suggestion)?.[1]?.trim();
  if (quoted !== undefined) return quoted;
  return suggestion.trimEnd().endsWith('?') ? suggestion : undefined;
}
