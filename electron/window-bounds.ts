import { z } from 'zod';

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const minSize = { width: 900, height: 600 } as const;
const preferredSize = { width: 1280, height: 840 } as const;

const side = z.number().int().min(-100_000).max(100_000);

/** `<data-dir>/window.json`: how the window was left. */
export const windowMemorySchema = z.object({
  bounds: z.object({ x: side, y: side, width: side, height: side }).nullable().default(null),
  maximized: z.boolean().default(false),
  /** The first close says that Roost goes on in the tray; it need not be said again. */
  toldAboutTray: z.boolean().default(false),
});
export type WindowMemory = z.output<typeof windowMemorySchema>;
export const freshMemory: WindowMemory = { bounds: null, maximized: false, toldAboutTray: false };

const overlap = (a: Rectangle, b: Rectangle): number =>
  Math.max(0, Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)) * Math.max(0, Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y));

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), Math.max(low, high));

/**
 * Where to open: as it was left, moved and shrunk onto the work area it overlaps most. A window left on a
 * screen that is gone opens centred on the first one (the primary).
 */
export function placeWindow(left: Rectangle | null, workAreas: readonly Rectangle[]): Rectangle {
  const primary = workAreas[0];
  if (primary === undefined) return { x: 0, y: 0, ...preferredSize };
  const best = left === null ? undefined : [...workAreas].map((area) => ({ area, shared: overlap(left, area) })).sort((a, b) => b.shared - a.shared)[0];
  if (left === null || best === undefined || best.shared < 10_000) {
    const width = clamp(preferredSize.width, minSize.width, primary.width);
    const height = clamp(preferredSize.height, minSize.height, primary.height);
    return {
      x: primary.x + Math.max(0, Math.round((primary.width - width) / 2)),
      y: primary.y + Math.max(0, Math.round((primary.height - height) / 2)),
      width,
      height,
    };
  }
  const width = clamp(left.width, minSize.width, best.area.width);
  const height = clamp(left.height, minSize.height, best.area.height);
  return {
    x: clamp(left.x, best.area.x, best.area.x + best.area.width - width),
    y: clamp(left.y, best.area.y, best.area.y + best.area.height - height),
    width,
    height,
  };
}
