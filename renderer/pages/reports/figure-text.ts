const format = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 4 });
const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** A figure of a report: whole numbers as they are, others with four digits. */
export const figureText = (value: number): string => (Number.isInteger(value) || Math.abs(value) >= 10_000 ? whole.format(value) : format.format(value));
