import { shell } from 'electron';
import type { Log } from '../core/base/log.js';
import { externalAddress } from './navigation.js';

/** Hands an address to the system browser when it is on the list; anything else is refused and logged. */
export async function openOutside(address: string, log: Log): Promise<boolean> {
  const allowed = externalAddress(address);
  if (allowed === undefined) {
    log.warn('address not opened: not on the list', { address: address.slice(0, 200) });
    return false;
  }
  await shell.openExternal(allowed);
  return true;
}
