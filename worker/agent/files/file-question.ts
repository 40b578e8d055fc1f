import type { FileQuery, SearchReport } from './file-search.js';

const maxChars = 300;
const maxNeedleChars = 200;

const quoted = (text: string): string | undefined => /["'`“”‘’]([^"'`“”‘’]{1,200})["'`“”‘’]/.exec(text)?.[1];
const bare = (text: string): string =>
  text
    .trim()
    .replace(/^["'`“”‘’]|["'`“”‘’]$/g, '')
    .trim();
/** A name with an ending or a wildcard; "a.b.c" prose is no file, a file has letters or digits behind its last dot. */
const fileLike = (word: string): boolean => /^[^\s"']{0,120}(?:\*[^\s"']{0,120}|\.[a-z0-9]{1,8})$/i.test(word);

/** Undefined when the text does not ask for files. */
export function parseFileQuestion(text: string): FileQuery | undefined {
  if (text.length > maxChars) return undefined;
  const clean = text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[?!]+$/, '')
    .replace(/(\S)\.$/, '$1')
    .replace(/^(?:please |can you |could you |hey |hi )+/i, '')
    .replace(/ please$/i, '');
  return byContent(clean) ?? byName(clean);
}

function byContent(clean: string): FileQuery | undefined {
  const match =
    /^(?:grep|rg) (?:for )?(.{1,200}?)(?: (?:in|inside) (.{1,120}))?$/i.exec(clean) ??
    /^(?:which|what|list|find|show)(?: me)?(?: all| the)? (\S{1,60} )?files? (?:that |which )?(?:contain(?:s|ing)?|mention(?:s|ing)?|with the text|with text|hav(?:e|ing) the text) (.{1,200})$/i.exec(
      clean,
    );
  if (match !== null) {
    const grep = /^(?:grep|rg) /i.test(clean);
    return content(grep ? match[1] : match[2], grep ? match[2] : match[1]);
  }
  const search =
    /^(?:search|look)(?: (?:for|up))? (.{1,200}?) (?:in|inside|within|across) (?:(?:all|the|my|any) ){0,2}(?:(\S{1,60}) )?(?:files?|folders?|workspace|project|code)$/i.exec(
      clean,
    ) ??
    /^search (?:(?:all|the|my) ){0,2}(?:(?:files?|folders?|workspace|project|code) )for (.{1,200})$/i.exec(clean) ??
    /^where (?:is|are|does) (.{1,200}?) (?:mentioned|used|defined|appear|occur)(?: in (?:the |my )?(?:files?|folders?|workspace|project|code))?$/i.exec(clean);
  if (search !== null) return content(search[1], search[2]);
  const find = /^(?:find|search for|search) (["'`“‘].{1,200}["'`”’])(?: in (.{1,120}))?$/i.exec(clean);
  return find === null ? undefined : content(find[1], find[2]);
}

function content(needle: string | undefined, where: string | undefined): FileQuery | undefined {
  const text = (needle === undefined ? undefined : quoted(needle)) ?? bare(needle ?? '').replace(/^(?:the )?(?:text|word|string|phrase) /i, '');
  if (text === '' || text.length > maxNeedleChars) return undefined;
  const name =
    where === undefined
      ? ''
      : bare(where)
          .replace(/^(?:the|all|my) /i, '')
          .replace(/ files?$/i, '');
  const generic = name === '' || /^(?:files?|folders?|workspace|project|code|here|everything)$/i.test(name);
  return {
    by: 'content',
    text,
    name: generic ? undefined : fileLike(name) ? name : /^[a-z0-9]{1,8}$/i.test(name) ? `*.${endings[name.toLowerCase()] ?? name}` : name,
  };
}

const endings: Readonly<Record<string, string>> = { markdown: 'md', typescript: 'ts', javascript: 'js', python: 'py', text: 'txt', yaml: 'yaml' };

const verb = '(?:find|search(?: for)?|locate|list|show|look for|where is|where are)(?: me)?(?: all| the| any| my)?';
const place = '(?: in (?:the |my )?(?:files?|folders?|workspace|project)| here)';
const names = {
  /** "list files", "show me all files in the workspace" */
  all: new RegExp(`^${verb} files?${place}?$`, 'i'),
  /** "find files named x", "list all files *.md": after the word "files" anything short is a name. */
  spoken: new RegExp(`^${verb} (?:files?|documents?) (?:named |called |with the name |matching |like )?(.{1,120}?)${place}?$`, 'i'),
  /** "where is roost.yaml", "find *.ts in the project": one word that looks like a file. */
  bare: new RegExp(`^${verb} (\\S{1,120}?)${place}?$`, 'i'),
} as const;

function byName(clean: string): FileQuery | undefined {
  if (names.all.test(clean)) return { by: 'name', pattern: '*' };
  const spoken = names.spoken.exec(clean)?.[1];
  if (spoken !== undefined) {
    const pattern = bare(spoken);
    return pattern === '' || pattern.split(' ').length > 4 ? undefined : { by: 'name', pattern };
  }
  const single = bare(names.bare.exec(clean)?.[1] ?? '');
  return fileLike(single) ? { by: 'name', pattern: single } : undefined;
}

/** The report as text for a person: "path:line: text", or the plain truth that nothing was found and where it looked. */
export function describeReport(query: FileQuery, report: SearchReport, folders: readonly string[]): string {
  const wanted =
    query.by === 'name'
      ? query.pattern === '*'
        ? 'any file'
        : `a file named "${query.pattern}"`
      : `the text "${query.text}"${query.name === undefined ? '' : ` in files named "${query.name}"`}`;
  const looked = `${report.files} file${report.files === 1 ? '' : 's'} looked at`;
  const notes = [...report.limits, ...report.missing.map((folder) => `the folder ${folder} cannot be read`)];
  const remarks = notes.length === 0 ? '' : `\n\nNote: ${notes.join('; ')}.`;
  if (folders.length === report.missing.length) return `There is no folder to search. The operator names them in roost.yaml under agent.files.${remarks}`;
  if (report.hits.length === 0) return `I found no sign of ${wanted} (${looked}).${remarks}`;
  const lines = report.hits.map((hit) => (hit.line === undefined ? `- ${hit.file}` : `- ${hit.file}:${hit.line}: ${hit.excerpt ?? ''}`));
  const what =
    query.by === 'content'
      ? `${wanted} is in ${lines.length} place${lines.length === 1 ? '' : 's'}`
      : `${lines.length} file${lines.length === 1 ? '' : 's'}${query.pattern === '*' ? '' : ` named "${query.pattern}"`}`;
  return `${what.charAt(0).toUpperCase()}${what.slice(1)} (${looked}):\n\n${lines.join('\n')}${remarks}`;
}
