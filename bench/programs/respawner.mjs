// Plain Node and nothing else: spawns on request, or again on each exit. A process of its own, so that it rests between two spawns as a supervisor does.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const [mode, ...files] = process.argv.slice(2);
const script = process.env.STAMPS;
const begin = (file, onExit) => {
  const child = spawn(script, [file], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  child.stdout.resume();
  child.stderr.resume();
  child.once('exit', () => onExit?.());
};

if (mode === 'loop') {
  const again = (file) => begin(file, () => again(file));
  for (const file of files) again(file);
}
createInterface({ input: process.stdin }).on('line', (file) => {
  // The moment of the call: how long this process took to wake up is not part of a bare spawn.
  const fromMs = performance.timeOrigin + performance.now();
  begin(file);
  process.stdout.write(`${fromMs}\n`);
});
process.stdin.on('end', () => process.exit());
