#!/usr/bin/env node
// The walls between rooms, as one table. Fails with every breach named; part of `npm run check`.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Which rooms a room may import from; its own files always. */
const rooms = {
  contract: [],
  core: ['contract'],
  supervisor: ['contract', 'core'],
  server: ['contract', 'core', 'supervisor'],
  electron: ['contract', 'core', 'supervisor', 'server'],
  worker: ['contract', 'core'],
  cli: ['contract'],
  renderer: ['contract'],
};

/** A package may be imported only under these paths; packages not listed are free. `types` lets `import type` through anywhere. */
const packages = [
  { name: /^electron($|\/)/, under: ['electron/'] },
  { name: /^(react|react-dom|recharts|lucide-react)($|\/)/, under: ['renderer/'] },
  { name: /^(fastify|ws)($|\/)/, under: ['server/'] },
  { name: /^bullmq($|\/)/, under: ['supervisor/queues/', 'supervisor/schedules/', 'worker/'] },
  { name: /^ioredis($|\/)/, under: ['core/redis/'], types: true },
  { name: /^prom-client($|\/)/, under: ['supervisor/metrics/'] },
  { name: /^koffi($|\/)/, under: ['supervisor/process/'] },
  {
    name: /^node:child_process$/,
    under: [
      'supervisor/process/node-spawner.ts',
      'supervisor/process/tree.ts',
      'supervisor/process/run-tool.ts',
      'supervisor/process/run-program.ts',
      'core/redis/test-redis.ts',
      'cli/open-link.ts',
      'cli/config-tool.ts',
      'server/open-link.ts',
      'worker/handlers/run-argv.ts',
    ],
    types: true,
  },
];

/** Words that belong to a few files only: real time, chance and the environment are injected elsewhere. */
const words = [
  { name: 'Date.now / new Date()', pattern: /\bDate\.now\b|new Date\(\)/, under: ['core/base/clock.ts', 'renderer/'] },
  { name: 'timers', pattern: /(?<![.\w])(setTimeout|setInterval)\(/, under: ['core/base/clock.ts', 'renderer/'] },
  { name: 'Math.random', pattern: /\bMath\.random\b/, under: ['core/base/clock.ts', 'renderer/client/'] },
  {
    name: 'process.env',
    pattern: /\bprocess\.env\b/,
    under: [
      'supervisor/config/',
      'supervisor/process/child-environment.ts',
      'server/headless.ts',
      'server/far-worker.ts',
      'electron/main.ts',
      'cli/main.ts',
      'worker/main.ts',
      'worker/handler-process/main.ts',
      'worker/agent/main.ts',
    ],
  },
  {
    // What an agent wants to run is judged, asked about and recorded in one place; nobody else may start a program for it.
    name: 'Launcher.launch',
    pattern: /\blauncher\s*\.launch\(/i,
    under: [
      'supervisor/approvals/commands/terminals.ts',
      'supervisor/pool/agent.ts',
      'supervisor/process/supervised-process.ts',
      'supervisor/handler-pool/handler-process.ts',
      'supervisor/redis/launched-tool.ts',
      'supervisor/workers/worker-host.ts',
    ],
  },
  { name: 'a command of an agent that nobody cleared', pattern: /\bterminals\.start\(/, under: ['supervisor/approvals/agent-desk.ts'] },
  { name: 'dangerouslySetInnerHTML', pattern: /dangerouslySetInnerHTML|\.innerHTML\b/, under: [] },
  { name: 'ipcMain', pattern: /\bipcMain\b/, under: [] },
  { name: 'RunAsNode', pattern: /ELECTRON_RUN_AS_NODE/, under: [] },
];

function* sources(folder) {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* sources(path);
    else if (/\.(ts|tsx)$/.test(entry.name)) yield path;
  }
}

/** The house rule: when the second screen is another topic, it is another file. */
const mostLines = 250;

const importPattern = /^\s*(import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]|(?<![.\w])import\(\s*['"]([^'"]+)['"]\s*\)/gm;
const allowed = (path, under) => under.some((prefix) => path === prefix || (prefix.endsWith('/') && path.startsWith(prefix)));

const breaches = [];
/** Which of our own files each file takes something from, types included: two that need each other are one topic, or a third is missing. */
const takes = new Map();
for (const room of Object.keys(rooms)) {
  for (const path of sources(room)) {
    const text = readFileSync(join(root, path), 'utf8');
    // Tests may start real programs and own time; they still may not reach through a wall between rooms.
    const isTest = /\.test\.tsx?$/.test(path) || /(^|\/)test-[\w-]+\.ts$|\/fixtures\//.test(path);
    takes.set(path, []);
    for (const match of text.matchAll(importPattern)) {
      const target = match[3] ?? match[4];
      const typeOnly = match[2] !== undefined;
      if (target.startsWith('.')) {
        const file = relative(root, normalize(join(root, dirname(path), target))).split(sep);
        takes.get(path).push(file.join('/').replace(/\.js$/, ''));
        const to = file[0];
        if (to !== room && !rooms[room].includes(to) && !(to === 'package.json') && !(isTest && to === 'e2e'))
          breaches.push(`${path}: ${room} may not import from ${to} (${target})`);
        continue;
      }
      if (isTest) continue;
      for (const rule of packages) {
        if (rule.name.test(target) && !allowed(path, rule.under) && !(rule.types && typeOnly))
          breaches.push(`${path}: ${target} belongs to ${rule.under.join(', ')}`);
      }
      if (room === 'contract' && target !== 'zod') breaches.push(`${path}: contract knows zod only, not ${target}`);
      if (room === 'renderer' && target.startsWith('node:')) breaches.push(`${path}: the screen has no Node (${target})`);
    }
    if (isTest) continue;
    const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');
    for (const word of words) {
      if (word.pattern.test(code) && !allowed(path, word.under)) breaches.push(`${path}: ${word.name} is not for this file`);
    }
    const lines = text.split('\n').length;
    if (lines > mostLines) breaches.push(`${path}: ${lines} lines of ${mostLines}; the second topic belongs in a second file`);
  }
}

for (const circle of circlesOf(takes)) breaches.push(`${circle.join(' -> ')}: these files need each other`);

if (breaches.length > 0) {
  console.error(breaches.join('\n'));
  console.error(`${breaches.length} breach(es) of the walls`);
  process.exit(1);
}
console.log('walls: whole');

/** Every circle once, by a walk in depth: a file that is met again on its own way closes one. */
function circlesOf(imports) {
  const found = [];
  const done = new Set();
  const way = [];
  const bare = new Map([...imports].map(([path, targets]) => [path.replace(/\.tsx?$/, ''), targets]));
  const visit = (name) => {
    if (done.has(name)) return;
    const at = way.indexOf(name);
    if (at >= 0) return void found.push([...way.slice(at), name]);
    way.push(name);
    for (const target of bare.get(name) ?? []) visit(target);
    way.pop();
    done.add(name);
  };
  for (const name of bare.keys()) visit(name);
  return found;
}
