import { AsyncLocalStorage } from 'node:async_hooks';

/** Which door a request came in by: known where it is read, needed where it is recorded, of no interest in between. */
const acting = new AsyncLocalStorage<string>();

/** Whatever `work` does, now or later, is done on behalf of `actor`. */
export const actingAs = <T>(actor: string, work: () => T): T => acting.run(actor, work);

/** Undefined outside of a request. */
export const currentActor = (): string | undefined => acting.getStore();
