import { describe, expect, it } from 'vitest';
import { findPlaces } from './places.js';

const input = {
  env: {},
  platform: 'linux',
  home: '/home/ada',
  userDataDir: '/home/ada/.config/Roost',
  entryDir: '/src/roost/dist/main',
  packaged: false,
  resourcesPath: '/opt/electron/resources',
};

describe('findPlaces', () => {
  it('works from the source folder', () => {
    expect(findPlaces(input)).toEqual({
      dataDir: '/home/ada/.local/share/roost',
      configFile: undefined,
      browserDir: '/home/ada/.local/share/roost/browser',
      entryDir: '/src/roost/dist/main',
      rendererDir: '/src/roost/dist/renderer',
      preload: '/src/roost/dist/preload/preload.cjs',
      resourcesDir: '/src/roost/assets',
      trayDir: '/src/roost/assets/tray',
      windowIcon: '/src/roost/assets/icons/256x256.png',
    });
  });

  it('works packaged', () => {
    const places = findPlaces({ ...input, packaged: true, entryDir: '/opt/Roost/resources/app.asar/dist/main', resourcesPath: '/opt/Roost/resources' });
    expect(places).toMatchObject({
      rendererDir: '/opt/Roost/resources/app.asar/dist/renderer',
      resourcesDir: '/opt/Roost/resources',
      trayDir: '/opt/Roost/resources/tray',
    });
  });

  it('lets the environment choose data and config', () => {
    expect(findPlaces({ ...input, env: { ROOST_DATA_DIR: '/tmp/größe 1', ROOST_CONFIG: '/etc/roost.yaml' } })).toMatchObject({
      dataDir: '/tmp/größe 1',
      configFile: '/etc/roost.yaml',
      browserDir: '/tmp/größe 1/browser',
    });
    expect(findPlaces({ ...input, env: { ROOST_DATA_DIR: ' ', ROOST_CONFIG: '' } })).toMatchObject({
      dataDir: '/home/ada/.local/share/roost',
      configFile: undefined,
    });
    expect(findPlaces({ ...input, home: '' }).dataDir).toBe(input.userDataDir);
  });
});
