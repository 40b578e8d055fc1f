/** What a robots.txt says to us (RFC 9309). */
export interface RobotsRules {
  readonly rules: readonly { readonly allow: boolean; readonly pattern: string }[];
  readonly crawlDelayMs: number | null;
}

export const everythingAllowed: RobotsRules = { rules: [], crawlDelayMs: null };
export const nothingAllowed: RobotsRules = { rules: [{ allow: false, pattern: '/' }], crawlDelayMs: null };

const maxLines = 5_000;

/** The group for `agent`, else the one for everybody. Lines that are not understood are skipped, as RFC 9309 asks. */
export function parseRobots(text: string, agent: string): RobotsRules {
  const groups = new Map<string, { rules: { allow: boolean; pattern: string }[]; crawlDelayMs: number | null }>();
  let current: string[] = [];
  let inRules = false;
  for (const raw of text.split(/\r\n?|\n/, maxLines)) {
    const line = raw.replace(/#.*$/, '').trim();
    const match = /^([A-Za-z-]+)\s*:\s*(.*)$/.exec(line);
    if (match === null) continue;
    const [key, value] = [(match[1] ?? '').toLowerCase(), (match[2] ?? '').trim()];
    if (key === 'user-agent') {
      if (inRules) current = [];
      inRules = false;
      current.push(value.toLowerCase());
      if (!groups.has(value.toLowerCase())) groups.set(value.toLowerCase(), { rules: [], crawlDelayMs: null });
      continue;
    }
    if (key !== 'allow' && key !== 'disallow' && key !== 'crawl-delay') continue;
    inRules = true;
    for (const name of current) {
      const group = groups.get(name);
      if (group === undefined) continue;
      if (key === 'crawl-delay') {
        const seconds = Number(value);
        if (Number.isFinite(seconds) && seconds >= 0) group.crawlDelayMs = Math.round(seconds * 1_000);
      } else if (value !== '') group.rules.push({ allow: key === 'allow', pattern: value });
    }
  }
  return groups.get(agent.toLowerCase()) ?? groups.get('*') ?? everythingAllowed;
}

/** `*` stands for any characters and a closing `$` for the end; matched step by step, since a regular expression from outside may take for ever. */
function matches(pattern: string, path: string): boolean {
  const anchored = pattern.endsWith('$');
  const parts = (anchored ? pattern.slice(0, -1) : pattern).split('*');
  const first = parts[0] ?? '';
  if (!path.startsWith(first)) return false;
  let at = first.length;
  for (const [index, part] of parts.slice(1).entries()) {
    const last = index === parts.length - 2;
    const found = last && anchored ? path.lastIndexOf(part) : path.indexOf(part, at);
    if (found < at) return false;
    at = found + part.length;
  }
  return !anchored || at === path.length;
}

/** The longest rule that fits decides, and of two as long the one that allows. */
export function isAllowed({ rules }: RobotsRules, path: string): boolean {
  let best: { readonly allow: boolean; readonly pattern: string } | undefined;
  for (const rule of rules) {
    if (!matches(rule.pattern, path)) continue;
    if (best === undefined || rule.pattern.length > best.pattern.length || (rule.pattern.length === best.pattern.length && rule.allow)) best = rule;
  }
  return best?.allow ?? true;
}
