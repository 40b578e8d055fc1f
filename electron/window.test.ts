import { describe, expect, it } from 'vitest';
import { webPreferences } from './window.js';

describe('webPreferences', () => {
  it('are exactly these, and nobody can change them', () => {
    const made = webPreferences('/app/preload.cjs', false);
    expect(made).toEqual({
      preload: '/app/preload.cjs',
      devTools: false,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      safeDialogs: true,
      backgroundThrottling: true,
    });
    expect(Object.isFrozen(made)).toBe(true);
  });
});
