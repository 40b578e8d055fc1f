import { describe, expect, it } from 'vitest';
import { farWorkerWishes } from './far-worker-run.js';

const wishes = (...argv: string[]) => farWorkerWishes({ argv, env: {}, platform: 'linux', home: '/home/ann', cwd: '/work' });
const url = ['--redis-url', 'redis://10.0.0.1:6379'];

describe('roost worker', () => {
  it('takes shared queues of a Redis, beside the directory of a host', () => {
    expect(wishes(...url, '--queues', 'analysis, trends,analysis', '--handlers', 'own')).toEqual({
      redisUrl: 'redis://10.0.0.1:6379',
      queues: ['analysis', 'trends'],
      concurrency: 4,
      prefix: 'roost',
      handlersFolder: '/work/own',
      dataDir: '/home/ann/.local/share/roost/far-worker',
    });
  });

  it('reads the address from the environment, where no process list shows it', () => {
    const { redisUrl } = farWorkerWishes({ argv: ['--queues', 'a'], env: { REDIS_URL: 'rediss://u:p@h/' }, platform: 'linux', home: '/h', cwd: '/' });
    expect(redisUrl).toBe('rediss://u:p@h/');
  });

  it.each([
    [['--queues', 'a'], '--redis-url must be given'],
    [['--redis-url', 'http://x', '--queues', 'a'], '--redis-url must be given and start with'],
    [url, '--queues must name at least one queue'],
    [[...url, '--queues', 'a:b'], '--queues: "a:b" is no queue name'],
    [[...url, '--queues', 'a', '--concurrency', '0'], '--concurrency must be'],
    [[...url, '--queues', 'a', '--prefix', 'a b'], '--prefix must be'],
    [[...url, '--queues', 'a', '--loud'], "Unknown option '--loud'"],
  ])('refuses %j by name', (argv, message) => {
    expect(() => wishes(...argv)).toThrow(message);
  });
});
