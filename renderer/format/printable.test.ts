import { describe, expect, it } from 'vitest';
import { printable } from './printable.js';

describe('printable', () => {
  it.each([
    ['plain text\twith\nlines and ünïcödé 🐦', 'plain text\twith\nlines and ünïcödé 🐦'],
    ['\u001b[32minfo\u001b[0m ready', 'info ready'],
    ['\u001b]0;title\u0007rest', 'rest'],
    ['\u001b]8;;https://evil.test\u001b\\link', 'link'],
    ['\u001b[2J\u001b[H cleared', ' cleared'],
    ['a\u0000b\u0008c', 'a␀b␈c'],
    ['over\rwritten', 'over␍written'],
    ['user\u202etxt.exe', 'user\ufffdtxt.exe'],
    ['\u009b31mred', '\ufffd31mred'],
    ['<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
  ])('%j becomes %j', (given, shown) => expect(printable(given)).toBe(shown));

  it('is idempotent', () => {
    const once = printable('\u001b\u001b[[31m\u001b[0mx\u0000\u202e');
    expect(printable(once)).toBe(once);
  });
});
