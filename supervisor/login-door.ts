import type { LoginItem } from '../contract/login-methods.js';

/** What only a door with a desktop can do: be started when its user logs in. Off until a person asks for it. */
export interface LoginDoor {
  read(): Promise<LoginItem>;
  /** Answers what the system says afterwards. */
  set(open: boolean): Promise<LoginItem>;
}

export const unavailable = (reason: string): LoginItem => ({ state: 'unavailable', reason, file: null });

export const noLogin: LoginDoor = {
  read: async () =>
    unavailable('Only the desktop app starts at login. A headless host is started by the system: a unit of systemd, launchd or the Task Scheduler.'),
  set: async () => noLogin.read(),
};
