const radius = 54;
const half = Math.PI * radius;
const arc = `M 12 66 A ${radius} ${radius} 0 0 1 120 66`;

/** Half ring: `value` of `max` filled, `coming` behind it as a lighter piece. */
export function Gauge({
  value,
  coming,
  max,
  label,
  unit,
}: {
  readonly value: number;
  readonly coming: number;
  readonly max: number;
  readonly label: string;
  readonly unit: string;
}) {
  const scale = Math.max(1, max, value);
  const filled = (Math.min(value, scale) / scale) * half;
  const reached = (Math.min(value + coming, scale) / scale) * half;
  const tone = max > 0 && value === 0 ? 'bad' : value < max ? 'warn' : 'good';
  return (
    <div className="gauge">
      <meter className="visually-hidden" aria-label={label} aria-valuetext={`${value} of ${max} ${unit}`} min={0} max={scale} value={value} />
      <svg viewBox="0 0 132 76" aria-hidden="true">
        <path className="gauge-track" d={arc} />
        {coming > 0 ? <path className="gauge-coming" d={arc} strokeDasharray={`${reached} ${half}`} /> : null}
        {filled > 0 ? <path className={`gauge-value gauge-${tone}`} d={arc} strokeDasharray={`${filled} ${half}`} /> : null}
      </svg>
      <div className="gauge-text" aria-hidden="true">
        <span className="gauge-number">
          {value}
          <small>/{max}</small>
        </span>
        <span className="gauge-unit">{unit}</span>
      </div>
    </div>
  );
}
