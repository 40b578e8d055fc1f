/** A line through values scaled into a box; null lifts the pen, so that gaps stay gaps. A flat line rests on the floor. */
export function sparkPath(values: readonly (number | null)[], width: number, height: number): string {
  const known = values.filter((value) => value !== null);
  const max = Math.max(...known, 0);
  const min = Math.min(...known, 0);
  const range = max - min || 1;
  const stepX = values.length < 2 ? 0 : width / (values.length - 1);
  let path = '';
  let pen = false;
  values.forEach((value, index) => {
    if (value === null) {
      pen = false;
      return;
    }
    path += `${pen ? 'L' : 'M'}${(index * stepX).toFixed(1)} ${(height - ((value - min) / range) * height).toFixed(1)}`;
    pen = true;
  });
  return path;
}
