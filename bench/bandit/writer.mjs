// One writer: decides and settles at a pace; every turn is named, so that none can be counted twice or lost unseen.
const [url, path, name, rate, seconds] = process.argv.slice(2);
const { ArmStore, connect, keysFor, silentLog, systemClock, configSchema } = await import(url);
const config = configSchema.parse({ coordinator: { feedbackWindow: '1h' } }).coordinator;
const redis = connect({ path }, 'blocking', name, silentLog);
const store = new ArmStore({ redis, keys: keysFor('bench'), clock: systemClock });
const total = Number(rate) * Number(seconds);
const startedAt = performance.now();
let sent = 0;
const inFlight = new Set();
while (sent < total) {
  const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1_000) * Number(rate)));
  for (; sent < due; sent++) {
    const turn = `${name}-${sent}`;
    const rating = (sent % 5) + 1;
    const one = store.choose(turn, { intent: ['billing', 'travel', null][sent % 3] }, config).then(() => store.rate(turn, rating));
    inFlight.add(one);
    void one.then(() => inFlight.delete(one));
  }
  await new Promise((resolve) => setTimeout(resolve, 2));
}
await Promise.all(inFlight);
process.send({ sent, seconds: (performance.now() - startedAt) / 1_000 });
redis.disconnect();
process.disconnect();
