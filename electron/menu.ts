import { app, Menu, type MenuItemConstructorOptions, shell } from 'electron';

export interface AppMenuOptions {
  readonly platform: NodeJS.Platform;
  /** Reload and developer tools exist only while developing. */
  readonly developing: boolean;
  readonly dataDir: string;
  readonly restartWorkers: () => void;
  readonly show: () => void;
  /** Opens an address in the system browser, when it is on the list. */
  readonly openOutside: (address: string) => void;
}

const documentation: readonly (readonly [string, string])[] = [
  ['Agent Client Protocol', 'https://agentclientprotocol.com/'],
  ['BullMQ', 'https://docs.bullmq.io/'],
  ['Redis', 'https://redis.io/docs/latest/'],
];

export function buildAppMenu(options: AppMenuOptions): Menu {
  const mac = options.platform === 'darwin';
  const separator: MenuItemConstructorOptions = { type: 'separator' };
  const appMenu: MenuItemConstructorOptions = {
    label: app.name,
    submenu: [{ role: 'about' }, separator, { role: 'hide' }, { role: 'hideOthers' }, { role: 'unhide' }, separator, { role: 'quit' }],
  };
  const roostMenu: MenuItemConstructorOptions = {
    label: mac ? 'Processes' : '&Roost',
    submenu: [
      { label: 'Restart all workers', accelerator: 'CmdOrCtrl+Shift+R', click: options.restartWorkers },
      { label: 'Open data folder', click: () => void shell.openPath(options.dataDir) },
      ...(mac ? [] : [separator, { role: 'quit', label: 'Quit Roost', accelerator: 'Ctrl+Q' } as const]),
    ],
  };
  const viewMenu: MenuItemConstructorOptions = {
    label: '&View',
    submenu: [
      ...(options.developing ? [{ role: 'reload' } as const, { role: 'toggleDevTools' } as const, separator] : []),
      { role: 'resetZoom' },
      { role: 'zoomIn' },
      { role: 'zoomOut' },
      separator,
      { role: 'togglefullscreen' },
    ],
  };
  const windowMenu: MenuItemConstructorOptions = {
    label: '&Window',
    submenu: [{ label: 'Show Roost', click: options.show }, { role: 'minimize' }, { role: 'close' }],
  };
  const helpMenu: MenuItemConstructorOptions = {
    role: 'help',
    submenu: documentation.map(([label, address]) => ({ label, click: () => options.openOutside(address) })),
  };
  return Menu.buildFromTemplate([...(mac ? [appMenu] : []), roostMenu, { role: 'editMenu' }, viewMenu, windowMenu, helpMenu]);
}
