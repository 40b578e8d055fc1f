import { MessageSquarePlus, Star } from 'lucide-react';
import { useId, useState } from 'react';

const ratings = [1, 2, 3, 4, 5] as const;

/** As much as the host takes. */
const maxCommentChars = 2_000;

interface StarsProps {
  readonly value: number | null;
  readonly disabled: boolean;
  /** `comment` is undefined when nothing was written. */
  readonly onRate: (rating: number, comment: string | undefined) => void;
}

/** Five stars to rate an answer, with a comment if one is written before; a given rating stays and cannot be changed. */
export function Stars({ value, disabled, onRate }: StarsProps) {
  const [hover, setHover] = useState(0);
  const [comment, setComment] = useState<string | null>(null);
  const hintId = useId();
  if (value !== null) {
    return (
      <span className="stars" role="img" aria-label={`Rated ${value} of 5`}>
        {ratings.map((rating) => (
          <Star key={rating} size={14} className={rating <= value ? 'star star-on' : 'star'} aria-hidden="true" />
        ))}
      </span>
    );
  }
  const written = comment?.trim() ?? '';
  return (
    <>
      {comment === null ? null : (
        <label className="rating-comment">
          <span className="visually-hidden">Comment on this answer</span>
          <textarea
            rows={2}
            maxLength={maxCommentChars}
            placeholder="What was good, what was missing?"
            aria-describedby={hintId}
            // biome-ignore lint/a11y/noAutofocus: it appears because a person asked for it, to write into it
            autoFocus
            value={comment}
            onChange={(event) => setComment(event.target.value)}
          />
          <small id={hintId}>It is sent with the stars.</small>
        </label>
      )}
      <button
        type="button"
        className="rating-more"
        disabled={disabled}
        aria-expanded={comment !== null}
        onClick={() => setComment(comment === null ? '' : null)}
      >
        <MessageSquarePlus size={14} aria-hidden="true" />
        <span className="visually-hidden">{comment === null ? 'Write a comment' : 'Without a comment'}</span>
      </button>
      <fieldset className="stars" onPointerLeave={() => setHover(0)}>
        <legend className="visually-hidden">Rate this answer</legend>
        {ratings.map((rating) => (
          <button
            key={rating}
            type="button"
            disabled={disabled}
            aria-label={rating === 1 ? 'Rate 1 star' : `Rate ${rating} stars`}
            onPointerEnter={() => setHover(rating)}
            onFocus={() => setHover(rating)}
            onBlur={() => setHover(0)}
            onClick={() => onRate(rating, written === '' ? undefined : written)}
          >
            <Star size={14} className={rating <= hover ? 'star star-on' : 'star'} aria-hidden="true" />
          </button>
        ))}
      </fieldset>
    </>
  );
}
