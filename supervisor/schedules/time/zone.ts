import { RoostError } from '../../../contract/errors.js';
import { nearestName } from '../../config/nearest-name.js';

const quarterMs = 15 * 60_000;
const dayMs = 86_400_000;
const keptOffsets = 2_000;

/**
 * One IANA time zone. A local time is written as the UTC instant with the same digits ("local ms"),
 * so that calendar arithmetic stays plain numbers.
 */
export class Zone {
  readonly name: string;
  readonly #format: Intl.DateTimeFormat;
  /** Offsets change at full quarters of an hour only, everywhere since 1972. */
  readonly #offsets = new Map<number, number>();

  /** Throws `bad-request` for a zone that does not exist. */
  constructor(name: string) {
    try {
      this.#format = new Intl.DateTimeFormat('en-US', {
        timeZone: name,
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      });
    } catch {
      const near = nearestName(name, Intl.supportedValuesOf('timeZone'));
      const hint = near === undefined ? 'such as UTC or Europe/Berlin' : `; did you mean ${near}?`;
      throw new RoostError('bad-request', `tz must be an IANA time zone${near === undefined ? ' ' : ''}${hint}, got ${JSON.stringify(name.slice(0, 60))}`, {
        field: 'tz',
      });
    }
    this.name = name;
  }

  /** Local minus UTC at this instant. */
  offsetMs(atMs: number): number {
    const quarter = Math.floor(atMs / quarterMs);
    const known = this.#offsets.get(quarter);
    if (known !== undefined) return known;
    const startMs = quarter * quarterMs;
    const part: Record<string, number> = {};
    for (const { type, value } of this.#format.formatToParts(startMs)) if (type !== 'literal') part[type] = Number(value);
    const local = Date.UTC(part['year'] ?? 0, (part['month'] ?? 1) - 1, part['day'] ?? 1, part['hour'] ?? 0, part['minute'] ?? 0, part['second'] ?? 0);
    if (this.#offsets.size >= keptOffsets) this.#offsets.clear();
    this.#offsets.set(quarter, local - startMs);
    return local - startMs;
  }

  localMs(atMs: number): number {
    return atMs + this.offsetMs(atMs);
  }

  /** When the clocks of this zone show this local time: the first time where they do twice, the moment of the jump where they never do. */
  instantMs(localMs: number): number {
    const before = this.offsetMs(localMs - dayMs);
    const after = this.offsetMs(localMs + dayMs);
    const candidates = [localMs - before, localMs - after].filter((atMs) => this.localMs(atMs) === localMs);
    return candidates.length > 0 ? Math.min(...candidates) : this.#jumpMs(localMs - dayMs, localMs + dayMs);
  }

  /** The first instant after `fromMs` with another offset; the ends lie on its two sides. */
  #jumpMs(fromMs: number, toMs: number): number {
    const before = this.offsetMs(fromMs);
    let low = Math.floor(fromMs / quarterMs);
    let high = Math.ceil(toMs / quarterMs);
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.offsetMs(middle * quarterMs) === before) low = middle;
      else high = middle;
    }
    return high * quarterMs;
  }
}

const zones = new Map<string, Zone>();

/** Shared, since making one costs more than using it. */
export function zoneNamed(name: string): Zone {
  let zone = zones.get(name);
  if (zone === undefined) {
    zone = new Zone(name);
    zones.set(name, zone);
  }
  return zone;
}
