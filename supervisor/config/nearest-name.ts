/** Edit distance with swaps of neighbours (optimal string alignment), the distance of typing mistakes. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? 0;
  for (let row = 1; row <= a.length; row++) {
    const line = [row];
    rows.push(line);
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1] ? 0 : 1;
      let best = Math.min(at(row - 1, column) + 1, at(row, column - 1) + 1, at(row - 1, column - 1) + same);
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) best = Math.min(best, at(row - 2, column - 2) + 1);
      line[column] = best;
    }
  }
  return at(a.length, b.length);
}

/** The known name a typing mistake most likely meant; `undefined` when nothing is near (more than a third of it differs). */
export function nearestName(typed: string, known: readonly string[]): string | undefined {
  const probe = typed.slice(0, 64).toLowerCase();
  let best: { readonly name: string; readonly steps: number } | undefined;
  for (const name of known) {
    const steps = distance(probe, name.toLowerCase());
    if (steps <= Math.max(2, Math.floor(name.length / 3)) && (best === undefined || steps < best.steps)) best = { name, steps };
  }
  return best?.name;
}
