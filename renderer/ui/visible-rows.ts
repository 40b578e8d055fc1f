/** Which rows of a long list to draw: those in view and a few around them. */
export function visibleRows(count: number, rowPx: number, scrollPx: number, viewPx: number, around = 12): { readonly from: number; readonly to: number } {
  const from = Math.max(0, Math.min(count, Math.floor(scrollPx / rowPx) - around));
  return { from, to: Math.max(from, Math.min(count, Math.ceil((scrollPx + viewPx) / rowPx) + around)) };
}
