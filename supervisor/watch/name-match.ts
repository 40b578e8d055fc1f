/** Names that editors, browsers and copy programs give to what is not finished. */
const unfinished = /^[.~]|~$|\.(tmp|temp|part|partial|crdownload|download|swp|filepart|lock)$/i;
/** Folders and files that are made beside the items. */
export const ownNames: ReadonlySet<string> = new Set(['done', 'failed', 'rejected']);

/** `*` for any characters, `?` for one; matched by steps, since a pattern with many stars as a regular expression may take for ever. */
export function globMatch(pattern: string, name: string): boolean {
  let [at, from, star, mark] = [0, 0, -1, 0];
  while (at < name.length) {
    const want = pattern[from];
    if (want === '*') {
      star = from++;
      mark = at;
    } else if (want !== undefined && (want === '?' || want === name[at])) {
      from++;
      at++;
    } else if (star !== -1) {
      from = star + 1;
      at = ++mark;
    } else return false;
  }
  while (pattern[from] === '*') from++;
  return from === pattern.length;
}

export const isWanted = (pattern: string, name: string): boolean => !unfinished.test(name) && !ownNames.has(name) && globMatch(pattern, name);
