import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { floorVerdict } from './version-floor.js';

describe('known holes of a server', () => {
  it.each([
    ['redis', '7.2.15', 'fine'],
    ['redis', '7.2.14', 'exposed'],
    ['redis', '7.4.6', 'exposed'],
    ['redis', '8.6.5', 'fine'],
    ['redis', '8.6.2', 'exposed'],
    ['redis', '8.8.0', 'exposed'],
    ['redis', '6.2.22', 'exposed'],
    ['redis', '7.0.15', 'unknown'],
    ['redis', '8.0.4', 'unknown'],
    ['redis', '9.1.0', 'fine'],
    ['valkey', '8.1.3', 'exposed'],
    ['valkey', '9.0.4', 'fine'],
    ['valkey', '7.2.15', 'fine'],
    ['redis', null, 'fine'],
    ['redis', 'unknown', 'fine'],
  ] as const)('%s %s: %s', (product, version, kind) => {
    const verdict = floorVerdict(product, version);
    expect(verdict.kind).toBe(kind);
    expect(verdict.message === null).toBe(kind === 'fine');
    if (verdict.message !== null) expect(verdict.message).toContain(version);
  });
});

describe('packages with a floor', () => {
  const atLeast = (version: string, floor: string): boolean => {
    const [a, b] = [version, floor].map((one) => one.split('.').map(Number)) as [number[], number[]];
    const at = a.findIndex((part, index) => part !== b[index]);
    return at === -1 || (a[at] ?? 0) > (b[at] ?? 0);
  };
  const root = resolve(import.meta.dirname, '../..');
  const pinned = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')).devDependencies as Record<string, string>;

  it.each([
    // Before 6.7.0 a worker may stop consuming for ever after an outage of Redis while it says that it runs.
    ['bullmq', '6.7.0'],
    // Pong flood.
    ['ws', '8.23.0'],
    ['ioredis', '6.0.0'],
  ])('%s is %s or newer, as pinned and as installed', (name, floor) => {
    const installed = JSON.parse(readFileSync(resolve(root, 'node_modules', name, 'package.json'), 'utf8')).version;
    expect(pinned[name]).toMatch(/^\d+\.\d+\.\d+$/);
    expect(atLeast(pinned[name] ?? '0', floor), `${name} ${pinned[name]}`).toBe(true);
    expect(installed).toBe(pinned[name]);
  });
});
