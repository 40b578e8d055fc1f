/** A bird asleep on its perch, above a glowing ember: warm and ready. */
export function Logo({ size = 28 }: { readonly size?: number }) {
  return (
    <svg className="logo" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <path className="logo-bird" d="M5.2 22.4c-.3-8.6 4.2-15.6 12.3-16.2 4.3-.3 7.4 2 8.2 5.2l3.6 1.5-3.4 1.9c-.4 5-4.4 8-10 7.6z" />
      <path className="logo-wing" d="M7.5 21.2c1.2-5 5-7.9 10.4-7.6-.6 4.8-3.9 7.8-10.4 7.6z" />
      <circle className="logo-eye" cx="21.6" cy="10.9" r="1.25" />
      <rect className="logo-perch" x="3" y="24.4" width="26" height="2.8" rx="1.4" />
    </svg>
  );
}
