import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';
import { root, tempDir } from './children.mjs';

/** Modules of the source tree, bundled as the product is, to be measured alone. @param {string} text of a TypeScript entry; `@/` is the root of the project */
export async function bundled(text) {
  const dir = tempDir();
  writeFileSync(join(dir, 'entry.ts'), text.replaceAll("'@/", `'${root}/`));
  writeFileSync(join(dir, 'package.json'), '{"type":"module"}');
  await build({
    configFile: false,
    root,
    logLevel: 'silent',
    ssr: { noExternal: true },
    build: { ssr: true, outDir: join(dir, 'out'), target: 'node20', rollupOptions: { input: join(dir, 'entry.ts'), output: { entryFileNames: 'entry.mjs' } } },
  });
  return import(pathToFileURL(join(dir, 'out', 'entry.mjs')).href);
}
