import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packIcns, packIco, pngSize } from './icon-files.mjs';

/** The head of a PNG of one size is all that is looked at. */
function png(size: number): Buffer {
  const bytes = Buffer.alloc(24 + size, size % 256);
  bytes.writeUInt32BE(0x89504e47, 0);
  bytes.writeUInt32BE(size, 16);
  bytes.writeUInt32BE(size, 20);
  return bytes;
}
const pictures = [16, 32, 256].map((size) => ({ size, png: png(size) }));

/** A reader written from the format's description, to check the writer with. */
function readIco(ico: Buffer): Buffer[] {
  expect(ico.readUInt16LE(0)).toBe(0);
  expect(ico.readUInt16LE(2)).toBe(1);
  return Array.from({ length: ico.readUInt16LE(4) }, (_, index) => {
    const at = 6 + 16 * index;
    const offset = ico.readUInt32LE(at + 12);
    const picture = ico.subarray(offset, offset + ico.readUInt32LE(at + 8));
    expect(ico.readUInt8(at) || 256).toBe(pngSize(picture).width);
    return picture;
  });
}

function readIcns(icns: Buffer): { type: string; png: Buffer }[] {
  expect(icns.toString('ascii', 0, 4)).toBe('icns');
  expect(icns.readUInt32BE(4)).toBe(icns.length);
  const blocks: { type: string; png: Buffer }[] = [];
  for (let at = 8; at < icns.length; at += icns.readUInt32BE(at + 4))
    blocks.push({ type: icns.toString('ascii', at, at + 4), png: icns.subarray(at + 8, at + icns.readUInt32BE(at + 4)) });
  return blocks;
}

describe('icon containers', () => {
  it('packs an ICO that reads back', () => expect(readIco(packIco(pictures)).map((one) => Buffer.from(one))).toEqual(pictures.map((one) => one.png)));

  it('packs an ICNS that reads back, retina sizes twice', () => {
    expect(readIcns(packIcns(pictures)).map((one) => [one.type, pngSize(one.png).width])).toEqual([
      ['icp4', 16],
      ['icp5', 32],
      ['ic11', 32],
      ['ic08', 256],
      ['ic13', 256],
    ]);
  });

  it('refuses what is no PNG', () => expect(() => pngSize(Buffer.from('GIF89a'))).toThrow('not a PNG'));
});

describe('the committed icons', () => {
  const assets = join(import.meta.dirname, '..', 'assets');
  it('hold every size', () => {
    expect(readIco(readFileSync(join(assets, 'icons/icon.ico'))).map((one) => pngSize(one).width)).toEqual([16, 24, 32, 48, 64, 128, 256]);
    expect(readIcns(readFileSync(join(assets, 'icons/icon.icns'))).map((one) => pngSize(one.png).width)).toEqual([
      16, 32, 32, 64, 128, 256, 256, 512, 512, 1024,
    ]);
  });

  it.each(readdirSync(join(assets, 'tray')).filter((name) => name.endsWith('.png')))('tray/%s has the size its name says', (name) => {
    const [, size = '', scale = '1'] = /^[a-z]+-(\d+)(?:@([\d.]+)x)?\.png$/.exec(name) ?? [];
    expect(pngSize(readFileSync(join(assets, 'tray', name)))).toEqual({
      width: Math.round(Number(size) * Number(scale)),
      height: Math.round(Number(size) * Number(scale)),
    });
  });
});
