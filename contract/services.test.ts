import { describe, expect, it } from 'vitest';
import { type ServiceEntry, serviceOn, servicesSchema } from './services.js';

const entry = (service: unknown): ServiceEntry => servicesSchema.parse({ a: service })['a'] as ServiceEntry;

describe('serviceOn', () => {
  it('gives a bare command everything that was left out', () => {
    expect(serviceOn('linux', entry({ command: ['x', 'y'] }))).toEqual({
      command: ['x', 'y'],
      cwd: undefined,
      env: {},
      required: false,
      dependsOn: {},
      restartWith: false,
      ready: undefined,
      alive: undefined,
      restart: { policy: 'always', successCodes: [0], permanentCodes: [78] },
      stop: { signal: 'SIGTERM', grace: 5_000 },
      memoryBytes: undefined,
      recycle: undefined,
    });
  });

  it('reads both ways to write dependencies', () => {
    expect(serviceOn('linux', entry({ command: ['x'], dependsOn: ['redis', 'b'] })).dependsOn).toEqual({ redis: 'ready', b: 'ready' });
    expect(serviceOn('linux', entry({ command: ['x'], dependsOn: { b: 'healthy' } })).dependsOn).toEqual({ b: 'healthy' });
  });

  it('replaces keys by those of the system it runs on, and adds variables', () => {
    const service = entry({
      command: ['x'],
      env: { A: '1', B: '1' },
      limits: { memory: '1GB' },
      windows: { command: ['x.exe'], env: { B: '2' } },
      macos: { limits: {} },
      linux: { required: true },
    });
    expect(serviceOn('win32', service)).toMatchObject({ command: ['x.exe'], env: { A: '1', B: '2' }, memoryBytes: 1024 ** 3, required: false });
    expect(serviceOn('darwin', service)).toMatchObject({ command: ['x'], env: { A: '1', B: '1' }, memoryBytes: undefined });
    expect(serviceOn('linux', service)).toMatchObject({ command: ['x'], required: true });
    expect(serviceOn('freebsd', service)).toMatchObject({ command: ['x'], required: false });
  });

  it('needs no common command when every system has its own', () => {
    const service = entry({ windows: { command: ['w'] }, macos: { command: ['m'] }, linux: { command: ['l'] } });
    expect(['win32', 'darwin', 'linux'].map((platform) => serviceOn(platform, service).command[0])).toEqual(['w', 'm', 'l']);
  });
});
