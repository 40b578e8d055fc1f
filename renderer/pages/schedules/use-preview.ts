import { useEffect, useState } from 'react';
import { RoostError } from '../../../contract/errors.js';
import { useRoost } from '../../client/roost.js';
import { type DraftForm, draftOf } from './draft-form.js';

export interface Preview {
  readonly next: readonly number[];
  readonly queue: string | null;
  readonly problem: { readonly field: string | undefined; readonly message: string } | null;
}

const none: Preview = { next: [], queue: null, problem: null };
/** Between two keys of a person who types. */
const restMs = 250;

/** What the host makes of the form as it stands: the next runs, or what is wrong with it. */
export function usePreview(form: DraftForm | null): Preview {
  const { connection, clock } = useRoost();
  const [preview, setPreview] = useState(none);
  useEffect(() => {
    if (form === null) return;
    let wanted = true;
    const ask = async (): Promise<void> => {
      try {
        const { next, queue } = await connection.call('schedule.preview', draftOf(form));
        if (wanted) setPreview({ next, queue, problem: null });
      } catch (error) {
        if (!wanted) return;
        const known = error instanceof RoostError || error instanceof SyntaxError;
        setPreview({
          next: [],
          queue: null,
          problem: { field: error instanceof RoostError ? error.field : 'data', message: known ? error.message : 'Something went wrong in this screen.' },
        });
      }
    };
    const cancel = clock.after(restMs, () => void ask());
    return () => {
      wanted = false;
      cancel();
    };
  }, [connection, clock, form]);
  return preview;
}
