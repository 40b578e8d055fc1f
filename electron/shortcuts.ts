import { actingAs } from '../core/base/acting.js';
import type { Log } from '../core/base/log.js';
import type { RoostCore } from '../supervisor/core.js';

/** What a person can do from the tray and the menu, without the window. */
export interface Shortcuts {
  readonly restart: (process: string) => void;
  readonly restartWorkers: () => void;
  readonly hold: () => void;
  readonly release: () => void;
}

/** The same methods as the screen's, recorded as a person's; a refusal is logged, the state shows what came of it. */
export function shortcutsOf(core: RoostCore, log: Log): Shortcuts {
  const { handlers } = core;
  const ask = (refused: string, fields: Readonly<Record<string, unknown>>, call: (signal: AbortSignal) => Promise<unknown>): void => {
    actingAs('screen', () => call(new AbortController().signal)).catch((error: unknown) => log.warn(refused, { ...fields, error }));
  };
  const restart = (name: string): void => {
    const { can } = core.state.state.processes.find((one) => one.name === name) ?? {};
    const handler = can?.restart === false && can.start ? handlers['process.start'] : handlers['process.restart'];
    ask('restart refused', { process: name }, (signal) => handler({ name }, signal));
  };
  return {
    restart,
    restartWorkers: () => {
      for (const one of core.state.state.processes) if (one.kind === 'worker') restart(one.name);
    },
    hold: () => ask('hold refused', {}, (signal) => handlers['hold.set']({ level: 'hold' }, signal)),
    release: () => ask('release refused', {}, (signal) => handlers['hold.release']({}, signal)),
  };
}
