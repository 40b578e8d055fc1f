#!/usr/bin/env node
// `npm run icons`: renders assets/icon.svg and assets/tray.svg with Chromium and packs the results.
// The pictures are committed; run this only after a drawing changed.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { packIcns, packIco, pngSize } from './icon-files.mjs';

const assets = join(fileURLToPath(import.meta.url), '..', '..', 'assets');
const appSizes = [16, 24, 32, 48, 64, 128, 256, 512, 1024];
const icoSizes = [16, 24, 32, 48, 64, 128, 256];
/** From this size on the finer strokes are drawn. */
const detailFrom = 40;
/** Readable on a light and on a dark bar. */
const tones = { starting: '#8a8f98', healthy: '#2eb35a', degraded: '#f09a13', down: '#e5484d' };
/** Windows and macOS draw 16 points, Linux panels 22 to 24; scaled ones are found by their suffix. */
const trayPictures = [16, 24].flatMap((size) =>
  [1, 1.25, 1.5, 2, 3].map((scale) => ({ size, pixels: Math.round(size * scale), suffix: scale === 1 ? '' : `@${scale}x` })),
);

const candidates = [process.env.CHROME_PATH, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', chromium.executablePath()];
const executablePath = candidates.find((path) => path !== undefined && path !== '' && existsSync(path));
if (executablePath === undefined) {
  console.error('no Chromium found: install one (npx playwright install chromium) or set CHROME_PATH');
  process.exit(1);
}
const browser = await chromium.launch({ executablePath });
const page = await browser.newPage();

async function render(svg, pixels, css) {
  await page.setViewportSize({ width: pixels, height: pixels });
  await page.setContent(
    `<!doctype html><style>html,body{margin:0;background:transparent}svg{display:block;width:${pixels}px;height:${pixels}px}${css}</style>${svg}`,
  );
  const png = await page.screenshot({ omitBackground: true, clip: { x: 0, y: 0, width: pixels, height: pixels } });
  const { width, height } = pngSize(png);
  if (width !== pixels || height !== pixels) throw new Error(`asked for ${pixels} pixels, got ${width}x${height}`);
  return png;
}

function save(path, bytes) {
  writeFileSync(join(assets, path), bytes);
}

for (const folder of ['icons', 'tray']) mkdirSync(join(assets, folder), { recursive: true });

const icon = readFileSync(join(assets, 'icon.svg'), 'utf8');
const pictures = [];
for (const size of appSizes) {
  // Small ones use the whole square: every pixel of margin is missed.
  const png =
    size < detailFrom
      ? await render(icon.replace('0 0 512 512', '16 16 480 480'), size, '.large{display:none}.small{visibility:visible}')
      : await render(icon, size, '');
  pictures.push({ size, png });
  save(`icons/${size}x${size}.png`, png);
}
save('icons/icon.ico', packIco(pictures.filter(({ size }) => icoSizes.includes(size))));
save('icons/icon.icns', packIcns(pictures));

const tray = readFileSync(join(assets, 'tray.svg'), 'utf8');
for (const [tone, colour] of Object.entries(tones)) {
  const others = Object.keys(tones).filter((other) => other !== tone);
  // A part is shown when it belongs to this tone; several may share one.
  const css = `svg{color:${colour}}${others.map((other) => `.${other}:not(.${tone})`).join(',')}{display:none}`;
  for (const { size, pixels, suffix } of trayPictures) save(`tray/${tone}-${size}${suffix}.png`, await render(tray, pixels, css));
}
await browser.close();
console.log(`icons: ${pictures.length} app sizes, icon.ico, icon.icns and ${Object.keys(tones).length * trayPictures.length} tray pictures in ${assets}`);
