import { describe, expect, it } from 'vitest';
import { RoostError } from '../../contract/errors.js';
import { redisError } from '../../core/redis/connection.js';
import { judgeEpoch, parseMark } from './epoch.js';
import { pulseOf, readInfo } from './probe.js';
import { damageIn, damageWords, isOnlyTail } from './repair.js';

it('reads what the server says about itself', () => {
  const text =
    '# Server\r\nredis_version:7.0.15\r\nprocess_id:42\r\nrun_id:abc\r\n\r\n# Persistence\r\nloading:1\r\naof_last_write_status:err\r\n# Memory\r\nmaxmemory_policy:noeviction\r\n';
  expect(readInfo(text)).toEqual({
    version: '7.0.15',
    product: 'redis',
    pid: 42,
    runId: 'abc',
    loading: true,
    evictionPolicy: 'noeviction',
    writesReachDisk: false,
  });
  expect(readInfo('').evictionPolicy).toBe('unknown');
});

describe('the pulse', () => {
  it.each([
    ['LOADING Redis is loading the dataset in memory', 'loading'],
    ['BUSY Redis is busy running a script.', 'busy'],
    ['MISCONF Errors writing to the AOF file: No space left on device', 'disk-full'],
    ["OOM command not allowed when used memory > 'maxmemory'.", 'memory-full'],
  ])('%s is a state, not death', (message, code) => {
    expect(pulseOf(new Error(message))).toMatchObject({ kind: 'troubled', code });
    expect(pulseOf(redisError(new Error(message)))).toMatchObject({ kind: 'troubled', code });
  });
  it('no answer is silence', () => {
    expect(pulseOf(new RoostError('redis-unavailable', 'Redis gave no answer within 2000 ms.'))).toEqual({
      kind: 'silent',
      why: 'Redis gave no answer within 2000 ms.',
    });
    const lost = new Error("Stream isn't writeable and enableOfflineQueue options is false");
    for (const error of [lost, redisError(lost)]) expect(pulseOf(error)).toEqual({ kind: 'silent', why: 'Redis cannot be reached at the moment.' });
    expect(pulseOf(new Error('connect ECONNREFUSED /run/redis.sock'))).toEqual({
      kind: 'silent',
      why: 'Redis cannot be reached at the moment (ECONNREFUSED).',
    });
  });
});

it.each([
  [undefined, null, { kind: 'first-run' }],
  ['e1 7', 'e1 7', { kind: 'same' }],
  ['e1 7', 'e1 6', { kind: 'same' }],
  ['e1 7', 'e1 9', { kind: 'same' }],
  ['e1 7', 'e1 4', { kind: 'older', missingMs: 30_000 }],
  ['e1', 'e1', { kind: 'same' }],
  ['e1 7', null, { kind: 'lost' }],
  [undefined, 'e1 7', { kind: 'adopt' }],
  ['e2 9', 'e1 7', { kind: 'adopt' }],
])('file %j and key %j mean %j', (file, key, verdict) => {
  expect(judgeEpoch(parseMark(file), parseMark(key))).toEqual(verdict);
});
it.each(['', '  ', 'a b', 'e1 -1', 'e1 7 8'])('%j is no mark', (text) => expect(parseMark(text)).toBeUndefined());

describe('a damaged file', () => {
  it('is recognised by what the server said', () => {
    expect(damageWords.test('# Bad file format reading the append only file appendonly.aof.1.incr.aof: make a backup')).toBe(true);
    expect(damageWords.test('# Could not create server TCP listening socket 127.0.0.1:1: bind: Address already in use')).toBe(false);
  });
  it('is found in the report, not its sound neighbours', () => {
    const report =
      'AOF analyzed: filename=a.base.rdb, size=89, ok_up_to=89, ok_up_to_line=1, diff=0\nAOF analyzed: filename=a.1.incr.aof, size=5751, ok_up_to=1655, ok_up_to_line=356, diff=4096';
    expect(damageIn(report)).toEqual({ file: 'a.1.incr.aof', sizeBytes: 5_751, okBytes: 1_655 });
    expect(damageIn('AOF analyzed: filename=a, size=1, ok_up_to=1, diff=0')).toBeUndefined();
  });
  it.each([
    ['zeros', Buffer.alloc(4_096), true],
    ['a command cut off', Buffer.from('*3\r\n$3\r\nset\r\n$4\r\nke'), true],
    ['a bad byte in front of good commands', Buffer.from('*3\r\n$3\r\nset\r\nZ4\r\nkey1\r\n$1\r\na\r\n*3\r\n$3\r\nset\r\n$4\r\nkey2\r\n$1\r\nb\r\n'), false],
  ])('%s: only the tail', (_name, rest, answer) => {
    expect(isOnlyTail(rest)).toBe(answer);
  });
});
