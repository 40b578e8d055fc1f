import { useCallback, useState } from 'react';
import { RoostError } from '../../contract/errors.js';
import type { MethodName, ParamsInput, Result } from '../../contract/methods.js';
import { useToast } from '../ui/Toasts.js';
import { useRoost } from './roost.js';

export interface Act {
  readonly busy: boolean;
  /** Resolves with null after a failure, which was already shown to the person. */
  run<M extends MethodName>(method: M, params: ParamsInput<M>, title: string, deadlineMs?: number): Promise<Result<M> | null>;
}

/** One thing a person asked for: busy while under way, a failure becomes a toast in the host's own words. */
export function useAct(): Act {
  const { connection } = useRoost();
  const toast = useToast();
  const [underWay, setUnderWay] = useState(0);
  const run = useCallback(
    async <M extends MethodName>(method: M, params: ParamsInput<M>, title: string, deadlineMs?: number): Promise<Result<M> | null> => {
      setUnderWay((count) => count + 1);
      try {
        return await connection.call(method, params, deadlineMs === undefined ? {} : { deadlineMs });
      } catch (error) {
        toast({ tone: 'bad', title, text: error instanceof RoostError ? error.message : 'Something went wrong in this screen.' });
        return null;
      } finally {
        setUnderWay((count) => count - 1);
      }
    },
    [connection, toast],
  );
  return { busy: underWay > 0, run };
}
