import { describe, expect, it } from 'vitest';
import { type Containment, contain, planContainment } from './containment.js';

describe('how children are tied to our life', () => {
  it.each<[NodeJS.Platform, string | null, Containment['kind']]>([
    ['linux', '/usr/bin/setpriv', 'setpriv'],
    ['linux', null, 'shell'],
    ['darwin', null, 'shell'],
    ['darwin', '/usr/bin/setpriv', 'shell'],
    ['freebsd', null, 'shell'],
    ['win32', null, 'job-object'],
  ])('%s with setpriv %s: %s', (platform, path, kind) => {
    expect(planContainment(platform, path).kind).toBe(kind);
  });

  it('leaves the argv of the program whole, whatever is in it', () => {
    const argv = ['/bin/x y', '--', '-c', '$(id)', '"; rm -rf /', ''] as const;
    expect(contain({ kind: 'setpriv', path: '/usr/bin/setpriv' }, argv, 3)).toEqual({
      argv: ['/usr/bin/setpriv', '--pdeathsig', 'KILL', '--', ...argv],
      needsGuard: false,
    });
    expect(contain({ kind: 'tether', path: '/data/run/tether' }, argv, 3)).toEqual({ argv: ['/data/run/tether', ...argv], needsGuard: false });
    const shell = contain({ kind: 'shell' }, argv, 4);
    expect(shell.needsGuard).toBe(true);
    expect(shell.argv.slice(0, 2)).toEqual(['/bin/sh', '-c']);
    expect(shell.argv.slice(4)).toEqual(argv);
    expect(shell.argv[2]).toContain('exec "$@" 4<&-');
    expect(contain({ kind: 'job-object' }, argv, 3)).toEqual({ argv, needsGuard: false });
  });
});
