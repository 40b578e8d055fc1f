/** A bird asleep on a nest of embers: warm and ready. The same shapes as the app's icon, without its tile. */
export function Logo({ size = 28 }: { readonly size?: number }) {
  return (
    <svg className="logo" width={size} height={size} viewBox="42 82 440 388" aria-hidden="true">
      <path className="logo-beak" d="M112 196 l-50 12 c-6 2-6 9 0 12 l56 14 z" />
      <path
        className="logo-bird"
        d="M188 126c-46 0-82 34-82 78 c0 13 2 24 6 35c-6 18-10 36-10 55 c0 62 52 98 138 98 c82 0 140-34 160-88l50-140 c4-11-8-20-17-13 l-96 70 c-16 11-34 10-45-4c-10-12-16-24-22-40 c-12-30-46-51-82-51z"
      />
      <path className="logo-line" d="M216 262 c26 40 84 48 128 6" />
      <path className="logo-eye" d="M150 196 c6 15 28 15 34 0" />
      <path
        className="logo-nest"
        d="M60 316 c-7-1-13 5-12 12 C58 404 142 452 256 452 s198-48 208-124 c1-7-5-13-12-12 C388 340 328 352 256 352 S124 340 60 316z"
      />
    </svg>
  );
}
