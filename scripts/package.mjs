#!/usr/bin/env node
// `npm run package -- [electron-builder flags]`: builds, then packs for this platform; `--dir` stops at the unpacked app.
// `--electron-dist DIR --electron-version V` packs around a runtime that is already on this machine.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, run, say, tool } from './lib/run.mjs';
import { requireNode, requirePackages } from './lib/setup.mjs';

/** Our flags become electron-builder's; everything else is passed on as it came. */
export function builderArgs(args) {
  const passed = [];
  for (let index = 0; index < args.length; index++) {
    const [name, inline] = args[index].split(/=(.*)/s);
    const key = { '--electron-dist': 'electronDist', '--electron-version': 'electronVersion' }[name];
    if (key === undefined) {
      passed.push(args[index]);
      continue;
    }
    const value = inline ?? args[++index];
    if (value === undefined || value === '' || value.startsWith('--')) throw new Error(`${name} needs a value`);
    passed.push(`-c.${key}=${value}`);
  }
  return passed;
}

/** Where the unpacked app of this platform lies, for the last line. */
export function unpackedDir(platform, arch) {
  if (platform === 'darwin') return arch === 'arm64' ? 'mac-arm64' : 'mac';
  return `${platform === 'win32' ? 'win' : 'linux'}${arch === 'x64' ? '' : `-${arch}`}-unpacked`;
}

async function main() {
  let args;
  try {
    args = builderArgs(process.argv.slice(2));
  } catch (error) {
    say(error.message);
    return 2;
  }
  requireNode();
  await requirePackages();
  const output = join(root, 'release');
  rmSync(join(output, unpackedDir(process.platform, process.arch)), { recursive: true, force: true });
  const built = await run(process.execPath, [tool('electron-vite/bin/electron-vite.js'), 'build', '--logLevel', 'warn']);
  if (built !== 0) return built;
  const code = await run(process.execPath, [tool('electron-builder/cli.js'), '--config', 'electron-builder.yml', '--publish', 'never', ...args]);
  if (code !== 0) return code;
  const unpacked = join(output, unpackedDir(process.platform, process.arch));
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  console.log(`roost ${version} packed: ${existsSync(unpacked) ? unpacked : output}`);
  return 0;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) process.exit(await main());
