import { MessageSquarePlus } from 'lucide-react';
import { useId, useState } from 'react';
import { useIsLive } from '../../client/roost.js';
import { useAct } from '../../client/use-act.js';
import { Stars } from '../../ui/Stars.js';

const maxCommentChars = 2_000;

/** Stars for an answer, and words with them for whoever has some: a rating is given once, so the words come first. */
export function Rating({ turnId, value }: { readonly turnId: string; readonly value: number | null }) {
  const live = useIsLive();
  const { run, busy } = useAct();
  const [words, setWords] = useState<string | null>(null);
  // Archived turns are read once; what was given here shows at once.
  const [given, setGiven] = useState<number | null>(null);
  const fieldId = useId();
  const rated = value ?? given;
  const rate = async (rating: number): Promise<void> => {
    const comment = words?.trim() ?? '';
    const answer = await run('turn.feedback', { id: turnId, rating, ...(comment === '' ? {} : { comment }) }, 'The rating was not recorded');
    if (answer === null) return;
    setWords(null);
    if (answer.recorded) setGiven(rating);
  };
  return (
    <>
      {rated === null ? (
        <button
          type="button"
          className="rating-words"
          aria-expanded={words !== null}
          aria-controls={fieldId}
          aria-label="Say something with the rating"
          title="Say something with the rating"
          onClick={() => setWords(words === null ? '' : null)}
        >
          <MessageSquarePlus size={14} aria-hidden="true" />
        </button>
      ) : null}
      <Stars value={rated} disabled={!live || busy} onRate={(rating) => void rate(rating)} />
      {words === null ? null : (
        <input
          id={fieldId}
          className="rating-field"
          value={words}
          maxLength={maxCommentChars}
          placeholder="What was good or bad about it? Then pick the stars."
          aria-label="Comment with the rating"
          // biome-ignore lint/a11y/noAutofocus: the person has just asked for this field
          autoFocus
          onChange={(event) => setWords(event.target.value)}
          onKeyDown={(event) => event.key === 'Escape' && setWords(null)}
        />
      )}
    </>
  );
}
