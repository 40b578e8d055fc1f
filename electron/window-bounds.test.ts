import { describe, expect, it } from 'vitest';
import { freshMemory, placeWindow, windowMemorySchema } from './window-bounds.js';

const laptop = { x: 0, y: 25, width: 1440, height: 875 };
const beside = { x: 1440, y: 0, width: 2560, height: 1440 };

describe('placeWindow', () => {
  it('opens centred the first time', () => expect(placeWindow(null, [laptop])).toEqual({ x: 80, y: 43, width: 1280, height: 840 }));
  it('opens as it was left', () =>
    expect(placeWindow({ x: 1500, y: 100, width: 1600, height: 1000 }, [laptop, beside])).toEqual({ x: 1500, y: 100, width: 1600, height: 1000 }));
  it('comes back when its screen is gone', () =>
    expect(placeWindow({ x: 1500, y: 100, width: 1600, height: 1000 }, [laptop])).toEqual({ x: 80, y: 43, width: 1280, height: 840 }));
  it('is moved fully onto the screen', () =>
    expect(placeWindow({ x: 1000, y: -200, width: 1000, height: 700 }, [laptop])).toEqual({ x: 440, y: 25, width: 1000, height: 700 }));
  it('is never smaller than the screen was drawn for', () =>
    expect(placeWindow({ x: 0, y: 25, width: 300, height: 200 }, [laptop])).toMatchObject({ width: 900, height: 600 }));
  it('fits a small screen', () =>
    expect(placeWindow({ x: 0, y: 0, width: 3000, height: 2000 }, [{ x: 0, y: 0, width: 1000, height: 700 }])).toEqual({
      x: 0,
      y: 0,
      width: 1000,
      height: 700,
    }));
  it('opens without any screen', () => expect(placeWindow(null, [])).toMatchObject({ width: 1280 }));
});

describe('windowMemorySchema', () => {
  it('fills what an older version did not write', () => expect(windowMemorySchema.parse({})).toEqual(freshMemory));
  it.each([{ bounds: { x: 0, y: 0, width: 1e9, height: 1 } }, { bounds: 'left' }, { maximized: 1 }])('refuses %j', (value) =>
    expect(windowMemorySchema.safeParse(value).success).toBe(false),
  );
});
