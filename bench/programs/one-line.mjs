// The least a Node program can do to show that it runs.
console.log('up');
setInterval(() => undefined, 60_000);
