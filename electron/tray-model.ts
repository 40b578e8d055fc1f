import type { State } from '../contract/state.js';

/** The colour of the tray icon; its shape differs as well, for eyes that do not tell red from green. */
export const tones = ['starting', 'healthy', 'degraded', 'down'] as const;
export type Tone = (typeof tones)[number];

export interface TrayModel {
  readonly tone: Tone;
  readonly tooltip: string;
  /** First line of the menu. */
  readonly statusLine: string;
  /** True while the emergency stop is in force: then the menu offers its end. */
  readonly held: boolean;
  readonly restarts: readonly { readonly name: string; readonly label: string; readonly enabled: boolean }[];
}

/** Windows cuts a tooltip after 127 characters. */
const maxTooltipChars = 127;
const maxListed = 24;

const cut = (text: string, max: number): string => (text.length <= max ? text : `${text.slice(0, max - 1).trimEnd()}…`);
/** A name or reason comes from programs: one line, nothing invisible. */
const plain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();

export function toneOf(state: Pick<State, 'health' | 'processes'>): Tone {
  const { health, processes } = state;
  if (health.status !== 'down') return health.status;
  const hopeless = processes.some((one) => one.required && (one.state === 'failed' || one.state === 'quarantined'));
  return !hopeless && health.reasons.some((reason) => reason.code === 'starting' || reason.code === 'stopping') ? 'starting' : 'down';
}

function headline(state: Pick<State, 'health' | 'processes' | 'pool'>, tone: Tone): string {
  if (tone === 'starting') return state.health.reasons.some((reason) => reason.code === 'stopping') ? 'Stopping' : 'Starting';
  if (tone === 'healthy') return `Healthy: ${state.pool.ready} of ${state.pool.target} agents warm`;
  const count = state.health.reasons.length;
  return `${tone === 'degraded' ? 'Degraded' : 'Down'}: ${count} ${count === 1 ? 'reason' : 'reasons'}`;
}

export function trayModel(state: Pick<State, 'health' | 'processes' | 'pool' | 'hold'>): TrayModel {
  const tone = toneOf(state);
  const line = headline(state, tone);
  const reasons = tone === 'healthy' || tone === 'starting' ? [] : state.health.reasons.map((reason) => plain(reason.message));
  const listed = [...state.processes].sort((a, b) => Number(a.kind === 'agent') - Number(b.kind === 'agent')).slice(0, maxListed);
  return {
    tone,
    held: state.hold !== null,
    tooltip: cut([`Roost: ${line}`, ...reasons].join('\n'), maxTooltipChars),
    statusLine: cut(reasons.length === 1 ? `${tone === 'degraded' ? 'Degraded' : 'Down'}: ${reasons[0]}` : line, 80),
    restarts: listed.map((one) => ({
      name: one.name,
      label: one.state === 'running' ? plain(one.name) : `${plain(one.name)} (${one.state})`,
      enabled: one.can.restart || one.can.start,
    })),
  };
}
