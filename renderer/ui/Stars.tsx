import { Star } from 'lucide-react';
import { useState } from 'react';

const ratings = [1, 2, 3, 4, 5] as const;

/** Five stars to rate an answer; a given rating stays and cannot be changed. */
export function Stars({ value, disabled, onRate }: { readonly value: number | null; readonly disabled: boolean; readonly onRate: (rating: number) => void }) {
  const [hover, setHover] = useState(0);
  if (value !== null) {
    return (
      <span className="stars" role="img" aria-label={`Rated ${value} of 5`}>
        {ratings.map((rating) => (
          <Star key={rating} size={14} className={rating <= value ? 'star star-on' : 'star'} aria-hidden="true" />
        ))}
      </span>
    );
  }
  return (
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
          onClick={() => onRate(rating)}
        >
          <Star size={14} className={rating <= hover ? 'star star-on' : 'star'} aria-hidden="true" />
        </button>
      ))}
    </fieldset>
  );
}
