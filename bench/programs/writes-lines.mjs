// Writes so many lines of 200 bytes as fast as its reader takes them, or so many a second.
const [count, perSecond] = process.argv.slice(2).map(Number);
const line = (n) => `${String(n).padStart(8, '0')} ${'the quick brown fox jumps over the lazy dog; '.repeat(5).slice(0, 190)}\n`;
let n = 0;
function fast() {
  while (n < count) if (!process.stdout.write(line(n++))) return process.stdout.once('drain', fast);
}
if (perSecond > 0) {
  const startedMs = performance.now();
  const timer = setInterval(() => {
    const due = Math.min(count, ((performance.now() - startedMs) / 1_000) * perSecond);
    while (n < due) process.stdout.write(line(n++));
    if (n >= count) clearInterval(timer);
  }, 5);
} else fast();
