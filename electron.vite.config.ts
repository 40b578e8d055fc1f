import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';

const at = (path: string): string => resolve(import.meta.dirname, path);

/**
 * One build for both doors: everything is bundled (fast cold start, a small package), so nothing is
 * loaded from node_modules at run time but the native koffi, which only Windows needs.
 */
export default defineConfig({
  main: {
    build: {
      outDir: 'dist/main',
      target: 'node20',
      externalizeDeps: false,
      minify: false,
      rollupOptions: {
        external: ['electron', 'koffi'],
        input: {
          desktop: at('electron/main.ts'),
          headless: at('server/headless.ts'),
          roost: at('cli/main.ts'),
          'config-tool': at('supervisor/config/config-tool.ts'),
          'far-worker': at('server/far-worker.ts'),
          'queue-worker': at('worker/main.ts'),
          'handler-process': at('worker/handler-process/main.ts'),
          agent: at('worker/agent/main.ts'),
        },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: 'dist/preload',
      rollupOptions: {
        external: ['electron'],
        input: { preload: at('electron/preload.ts'), 'before-ready': at('electron/before-ready.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: at('renderer'),
    plugins: [react()],
    build: { outDir: at('dist/renderer'), emptyOutDir: true, assetsInlineLimit: 0, rollupOptions: { input: at('renderer/index.html') } },
  },
});
