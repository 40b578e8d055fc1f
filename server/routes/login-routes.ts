import { type Route, route } from '../route.js';

/** REST of the desktop app's start at login. */
export const loginRoutes: readonly Route[] = [
  route('GET', '/api/login-item', 'login.get', 'whether the desktop app starts when its user logs in, as the system says'),
  route('PUT', '/api/login-item', 'login.set', 'has it start then, or not; off until somebody asks for it'),
];
