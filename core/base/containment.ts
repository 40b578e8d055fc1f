/** How a child is tied to our life, so that even a SIGKILL of Roost leaves nothing behind. */
export type Containment =
  /** The kernel kills the child when we die; `setpriv` replaces itself by the program, so the pid stays. */
  | { readonly kind: 'setpriv'; readonly path: string }
  /** The same by a tiny program of our own, which starts faster. */
  | { readonly kind: 'tether'; readonly path: string }
  /** A watcher in the child's group waits on a pipe that only we hold, and kills the group when it closes. */
  | { readonly kind: 'shell' }
  /** All children are in one Job Object whose last handle dies with us. */
  | { readonly kind: 'job-object' };

export function planContainment(platform: NodeJS.Platform, setprivPath: string | null): Containment {
  if (platform === 'win32') return { kind: 'job-object' };
  if (platform === 'linux' && setprivPath !== null) return { kind: 'setpriv', path: setprivPath };
  return { kind: 'shell' };
}

/**
 * The watcher ignores polite signals, which reach it with its group, and hangs on nothing of the
 * program: not its output, not its children list (it is forked twice). `exec` keeps pid and group,
 * so `$$` is both. No `--` before the group: the kill of some shells does not know it.
 */
function guardScript(guardFd: number): string {
  return [
    'ulimit -c 0 2>/dev/null',
    `( ( trap '' TERM INT HUP; read -r _ <&${guardFd}; kill -KILL -$$ ) </dev/null >/dev/null 2>&1 & )`,
    `exec "$@" ${guardFd}<&-`,
  ].join('\n');
}

export interface ContainedCommand {
  readonly argv: readonly [string, ...string[]];
  /** True when the child wants a pipe on `guardFd` that we keep open as long as it may live. */
  readonly needsGuard: boolean;
}

/** What to spawn instead of `argv`. `guardFd` (3 to 9) is used only by the shell watcher. */
export function contain(containment: Containment, argv: readonly [string, ...string[]], guardFd: number): ContainedCommand {
  switch (containment.kind) {
    case 'setpriv':
      return { argv: [containment.path, '--pdeathsig', 'KILL', '--', ...argv], needsGuard: false };
    case 'tether':
      return { argv: [containment.path, ...argv], needsGuard: false };
    case 'shell':
      return { argv: ['/bin/sh', '-c', guardScript(guardFd), 'roost-guard', ...argv], needsGuard: true };
    case 'job-object':
      return { argv, needsGuard: false };
  }
}
