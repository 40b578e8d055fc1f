import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';
import { root } from '../lib/children.mjs';

/** A room of the product as one file that plain Node runs, built anew into a directory of its own. */
export async function buildEntry(entry) {
  const outDir = await mkdtemp(join(tmpdir(), 'roost-bandit-'));
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    build: { ssr: join(root, entry), outDir, emptyOutDir: true, target: 'node20', minify: false, rollupOptions: { output: { entryFileNames: 'entry.mjs' } } },
    ssr: { noExternal: true },
  });
  return pathToFileURL(join(outDir, 'entry.mjs')).href;
}
