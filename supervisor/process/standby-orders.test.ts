import { describe, expect, it } from 'vitest';
import { type Orders, ordersText } from './standby-orders.js';

const present = { PATH: '/bin', HOME: '/home/me', ROOST_RUN_ID: 'r' };
const orders = (more: Partial<Orders> = {}): Orders => ({ argv: ['/bin/prog'], cwd: '/srv', env: present, keepsInput: false, ...more });

describe('ordersText', () => {
  it('tells the directory, what differs in the environment, the arguments, and the end', () => {
    const env = { ...present, HOME: '/elsewhere', EXTRA: "it's $HOME `id` \\n" };
    expect(ordersText(orders({ argv: ['/bin/prog', '', '-x', '*'], env, keepsInput: true }), present)).toBe(
      ['d/srv', 'eHOME=/elsewhere', "eEXTRA=it's $HOME `id` \\n", 'a/bin/prog', 'a', 'a-x', 'a*', 'p', ''].join('\n'),
    );
    expect(ordersText(orders(), present)?.endsWith('\nx\n')).toBe(true);
  });

  it.each<[string, Partial<Orders>]>([
    ['a line end in an argument', { argv: ['/bin/prog', 'a\nx'] }],
    ['a NUL in an argument', { argv: ['/bin/prog', 'a\0b'] }],
    ['a byte above ASCII', { argv: ['/bin/prog', '\u0081'] }],
    ['a line end in the directory', { cwd: '/a\nx' }],
    ['a line end in a variable', { env: { ...present, A: '1\nx' } }],
    ['a variable that no shell can hold', { env: { ...present, 'a.b': '1' } }],
    ['a variable of the shell itself', { env: { ...present, PWD: '/x' } }],
    ['a variable that must not be there', { env: { PATH: '/bin', ROOST_RUN_ID: 'r' } }],
    ['more than is worth it', { argv: ['/bin/prog', 'x'.repeat(2_000)] }],
  ])('leaves %s to a plain start', (_what, more) => {
    expect(ordersText(orders(more), present)).toBeNull();
  });
});
