import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sleep, systemClock } from '../../core/base/clock.js';
import { notOnWindows } from '../../core/base/test-conditions.js';
import { roomy } from '../../core/base/test-times.js';
import { fixture, isAlive, lineMatching, openBench, type TestBench, until } from '../process/test-children.js';
import { UsageSampler } from '../usage-sampler.js';
import type { Services } from './services.js';
import { freePort, openServices, placed, type ServiceInput, StandInRedis, viewOf } from './test-services.js';

const child = (name: string, ...args: readonly string[]): string[] => [...fixture(name, ...args)];

let bench: TestBench;
let services: Services | undefined;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(async () => {
  await services?.stop('the test is over', 0);
  services = undefined;
  await bench.close();
});

function start(input: ServiceInput, redis?: StandInRedis): Services {
  services = openServices(bench, input, redis);
  services.start();
  return services;
}

const stateOf = (name: string) => viewOf(services as Services, name).state;
const running = (name: string) => until(`${name} to run`, () => stateOf(name) === 'running' && viewOf(services as Services, name).pid);
const act = (name: string, kind: 'start' | 'stop' | 'restart') =>
  services
    ?.controls()
    .find((control) => control.name === name)
    ?.[kind]();

describe('readiness', () => {
  it('by log line, by own message, by TCP, by HTTP and by command', async () => {
    const [tcp, http] = [await freePort(), await freePort()];
    start({
      log: { command: child('speaks', 'now serving on 80', '150'), ready: { log: 'now serving' } },
      message: { command: child('speaks', '{"roost": "ready"}', '150'), ready: { message: true } },
      tcp: { command: child('http-service', String(tcp), '150'), ready: { tcp } },
      http: { command: child('http-service', String(http), '150'), ready: { http: `http://127.0.0.1:${http}/health` } },
      command: {
        command: child('speaks', 'up'),
        ready: { command: [process.execPath, '-e', 'process.exit(process.env.GOOD === "1" ? 0 : 1)'] },
        env: { GOOD: '1' },
      },
    });
    expect(services?.views().map((view) => view.state)).toEqual(['starting', 'starting', 'starting', 'starting', 'starting']);
    for (const name of ['log', 'message', 'tcp', 'http', 'command']) await running(name);
    for (const name of ['log', 'message', 'tcp', 'http']) {
      const { readyAtMs, startedAtMs } = viewOf(services as Services, name);
      expect((readyAtMs ?? 0) - (startedAtMs ?? 0)).toBeGreaterThanOrEqual(140);
    }
  });

  it('that never comes ends the start, is told, and is tried again', async () => {
    start({ a: { command: child('speaks', 'up'), ready: { tcp: await freePort(), timeout: '300ms' } } });
    await until('a second start', () => viewOf(services as Services, 'a').incarnation >= 2);
    expect(viewOf(services as Services, 'a').lastExit).toMatchObject({ cause: 'start-timeout', message: 'it was not ready within 300 ms' });
  });

  it('a program that is not there is named', async () => {
    start({ a: { command: ['/nonexistent/model-server'] } });
    await until('the failed spawn', () => viewOf(services as Services, 'a').lastExit?.cause === 'spawn-failed');
    expect(viewOf(services as Services, 'a').lastExit?.message).toContain('/nonexistent/model-server');
  });
});

describe('liveness', () => {
  it.each(['sick', 'mute'])('one that turns %s is started anew after its failures', async (mood) => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    start({
      a: {
        command: child('http-service', String(port)),
        ready: { http: url },
        // Only a mute one is waited for; a healthy one may be slow on a busy machine.
        alive: { http: `${url}/health`, every: '100ms', timeout: mood === 'mute' ? '1s' : '10s', failures: 3 },
      },
    });
    const pid = await running('a');
    await sleep(systemClock, 400);
    expect(viewOf(services as Services, 'a').pid).toBe(pid);
    await fetch(`${url}/${mood}`, { method: 'POST' });
    await until('a new life', () => stateOf('a') === 'running' && viewOf(services as Services, 'a').pid !== pid);
    const { lastExit, restarts } = viewOf(services as Services, 'a');
    expect(lastExit).toMatchObject({ cause: 'unresponsive' });
    expect(lastExit?.message).toContain('3 times in a row');
    expect(restarts).toBe(1);
  });

  it('does not count failures within the start-up grace', async () => {
    start({ a: { command: child('speaks', 'up'), alive: { tcp: await freePort(), every: '100ms', failures: 1, startupGrace: '500ms' } } });
    await running('a');
    const { readyAtMs } = viewOf(services as Services, 'a');
    await until('the verdict after the grace', () => viewOf(services as Services, 'a').lastExit?.cause === 'unresponsive');
    // By its own record: a look in between could come too late.
    expect((viewOf(services as Services, 'a').lastExit?.atMs ?? 0) - (readyAtMs ?? 0)).toBeGreaterThanOrEqual(490);
  });
});

describe('restart rules', () => {
  it.each([
    [{ policy: 'always' }, '0', 'again'],
    [{ policy: 'on-failure' }, '0', 'stopped'],
    [{ policy: 'on-failure' }, '3', 'again'],
    [{ policy: 'on-failure', successCodes: [0, 3] }, '3', 'stopped'],
    [{ policy: 'never' }, '3', 'stopped'],
    [{ policy: 'always', permanentCodes: [3] }, '3', 'failed'],
  ] as const)('%j and exit code %s: %s', async (restart, code, expected) => {
    start({ a: { command: child('exit-with', code), restart: restart as never } });
    if (expected === 'again') await until('another start', () => viewOf(services as Services, 'a').incarnation >= 2);
    else {
      await until(expected, () => stateOf('a') === expected);
      await sleep(systemClock, 150);
      const { mtbfMs, lastExit, ...view } = viewOf(services as Services, 'a');
      expect(view).toMatchObject({ state: expected, incarnation: 1 });
      expect(mtbfMs === null).toBe(lastExit?.cause === 'clean');
    }
  });

  it('recycles by age, which is no failure', async () => {
    start({ a: { command: child('speaks', 'up'), recycle: { after: '1s', variance: 0 } } });
    const pid = await running('a');
    await until('the next life', () => stateOf('a') === 'running' && viewOf(services as Services, 'a').pid !== pid);
    expect(viewOf(services as Services, 'a')).toMatchObject({ lastExit: { cause: 'recycled' }, mtbfMs: null });
  });
});

describe.runIf(notOnWindows('the ways to stop a service'))('stopping', () => {
  it('by its own signal', async () => {
    start({ a: { command: child('tells-end'), ready: { log: 'ready' }, stop: { signal: 'SIGINT' } } });
    await running('a');
    act('a', 'stop');
    await until('stopped', () => stateOf('a') === 'stopped');
    await lineMatching(bench.launcher.logFor('a'), /ended by SIGINT/);
  });

  it('by a line of its input', async () => {
    start({ a: { command: child('tells-end'), ready: { log: 'ready' }, stop: { message: 'quit' } } });
    await running('a');
    act('a', 'stop');
    await until('stopped', () => stateOf('a') === 'stopped');
    await lineMatching(bench.launcher.logFor('a'), /ended by quit/);
  });

  it('by SIGKILL once the grace is over', async () => {
    start({ a: { command: child('tells-end'), ready: { log: 'ready' }, stop: { grace: '300ms' } } });
    const pid = await running('a');
    const beganMs = systemClock.monoMs();
    act('a', 'stop');
    await until('stopped', () => stateOf('a') === 'stopped');
    expect(systemClock.monoMs() - beganMs).toBeGreaterThan(250);
    expect(systemClock.monoMs() - beganMs).toBeLessThan(roomy(1_500));
    expect(isAlive(pid)).toBe(false);
  });
});

describe.runIf(notOnWindows('the memory of a tree of processes'))('memory of the tree', () => {
  it('warns once, then starts it anew at the limit', async () => {
    start({ a: { command: child('leaks'), ready: { log: 'ready' }, limits: { memory: '250MB' } } });
    const told: string[] = [];
    services?.onEvent((event) => told.push(event.message));
    const pid = await running('a');
    const sampler = new UsageSampler({ clock: systemClock });
    const timer = systemClock.every(100, async () => {
      const now = viewOf(services as Services, 'a').pid;
      const usage = now === null ? undefined : (await sampler.sample([now])).get(now);
      if (usage !== undefined) services?.setUsage('a', usage);
    });
    try {
      await until('the verdict', () => viewOf(services as Services, 'a').lastExit?.cause === 'memory', 40_000);
      await until('a new life', () => stateOf('a') === 'running' && viewOf(services as Services, 'a').pid !== pid);
      expect(told.length).toBeGreaterThanOrEqual(1);
      expect(told[0]).toContain('of the 250 MB it may use');
    } finally {
      timer.cancel();
    }
  });
});

describe('dependencies', () => {
  /** Names in the order in which they first reached a state. */
  function order(state: string): string[] {
    const seen: string[] = [];
    services?.onChange(() => {
      for (const view of services?.views() ?? []) if (view.state === state && !seen.includes(view.name)) seen.push(view.name);
    });
    return seen;
  }

  it('start in order, wait for Redis, and stop in reverse', async () => {
    const redis = new StandInRedis();
    services = openServices(
      bench,
      {
        web: { command: child('speaks', 'up'), dependsOn: { api: 'healthy' } },
        api: { command: child('speaks', 'up', '100'), ready: { log: 'up' }, dependsOn: ['db', 'redis'] },
        db: { command: child('speaks', 'up', '100'), ready: { log: 'up' } },
      },
      redis,
    );
    const came = order('running');
    services.start();
    await running('db');
    expect(viewOf(services, 'api')).toMatchObject({ state: 'starting', pid: null, detail: 'Waits for redis (ready).' });
    expect(viewOf(services, 'web').detail).toBe('Waits for api (healthy).');
    redis.up = true;
    await running('web');
    expect(came).toEqual(['db', 'api', 'web']);
    const went = order('stopped');
    await services.stop('the test is over', 5_000);
    expect(went).toEqual(['web', 'api', 'db']);
  });

  it('a restart of a dependency leaves its dependents alone, unless they are bound to it', async () => {
    start({
      db: { command: child('speaks', 'up') },
      loose: { command: child('speaks', 'up'), dependsOn: ['db'] },
      bound: { command: child('speaks', 'up'), dependsOn: ['db'], restartWith: true },
    });
    const [db, loose, bound] = [await running('db'), await running('loose'), await running('bound')];
    process.kill(db, 'SIGKILL');
    await until('the bound one again', () => stateOf('bound') === 'running' && viewOf(services as Services, 'bound').pid !== bound);
    expect(viewOf(services as Services, 'db').pid).not.toBe(db);
    expect(viewOf(services as Services, 'loose').pid).toBe(loose);
    expect(viewOf(services as Services, 'bound').lastExit).toMatchObject({ cause: 'recycled' });
  });

  it('one that waits can be stopped by a person, and nothing was spawned', async () => {
    start({ a: { command: child('speaks', 'up'), dependsOn: ['redis'] } });
    await until('the wait', () => viewOf(services as Services, 'a').detail.startsWith('Waits'));
    act('a', 'stop');
    await until('stopped', () => stateOf('a') === 'stopped');
    expect(bench.launcher.live).toEqual([]);
  });
});

describe('an edit of the config', () => {
  it('restarts what changed, starts what is new, stops what is gone, and touches nothing else', async () => {
    const before: ServiceInput = {
      same: { command: child('speaks', 'up') },
      edited: { command: child('speaks', 'up') },
      gone: { command: child('speaks', 'up') },
    };
    start(before);
    const [same, edited, gone] = [await running('same'), await running('edited'), await running('gone')];
    const after: ServiceInput = {
      same: before['same'] as never,
      edited: { command: child('speaks', 'up'), env: { A: '1' } },
      fresh: { command: child('speaks', 'up') },
    };
    await services?.apply(placed(after, bench.dataDir));
    await running('fresh');
    await running('edited');
    expect(
      services
        ?.views()
        .map((view) => view.name)
        .sort(),
    ).toEqual(['edited', 'fresh', 'same']);
    expect(viewOf(services as Services, 'same').pid).toBe(same);
    expect(viewOf(services as Services, 'edited').pid).not.toBe(edited);
    expect(isAlive(gone)).toBe(false);
  });

  it('leaves stopped what a person stopped', async () => {
    start({ a: { command: child('speaks', 'up') } });
    await running('a');
    act('a', 'stop');
    await until('stopped', () => stateOf('a') === 'stopped');
    await services?.apply(placed({ a: { command: child('speaks', 'up'), env: { A: '1' } } }, bench.dataDir));
    expect(stateOf('a')).toBe('stopped');
    act('a', 'start');
    await running('a');
  });
});

describe('what a service is given', () => {
  it('an allow-listed environment, what was named, and its directory', async () => {
    process.env['ROOST_DATA_DIR'] = '/secret/place';
    process.env['SOME_TOKEN'] = 'hush';
    try {
      const text = `console.log('env ' + Object.keys(process.env).join(' ')); console.log('cwd ' + process.cwd() + ' ' + process.env.NAMED); setInterval(() => {}, 1e6)`;
      start({ a: { command: [process.execPath, '-e', text], env: { NAMED: 'yes' } } });
      const names = await lineMatching(bench.launcher.logFor('a'), /^env (.*)$/);
      expect(names).toContain('PATH');
      expect(names).not.toMatch(/ROOST_DATA_DIR|SOME_TOKEN/);
      expect(await lineMatching(bench.launcher.logFor('a'), /^cwd (.*)$/)).toBe(`${bench.dataDir} yes`);
    } finally {
      delete process.env['ROOST_DATA_DIR'];
      delete process.env['SOME_TOKEN'];
    }
  });
});
