import { describe, expect, test } from 'vitest';
import { editedText, rawSection } from './edit-config.js';

const file = `# my stack
version: 1

schedules:
  # nightly
  report:
    cron: "0 3 * * *"   # not at 2: backups
    handler: command
    data: { argv: [echo, "\${HOME}"] }
  other: { every: 10m, handler: http } # keep

pool: { size: 2 }
`;

describe('an edit of the config file', () => {
  test('changes one key and keeps comments, order and the other entries', () => {
    const text = editedText(file, [
      { path: ['schedules', 'report'], value: { cron: '0 4 * * *', handler: 'command', data: { argv: ['echo', '${HOME}'] }, overlap: 'queue' } },
    ]);
    expect(text).toContain('# my stack');
    expect(text).toContain('# nightly');
    expect(text).toContain('# not at 2: backups');
    expect(text).toContain('# keep');
    expect(text).toContain('argv: [ echo, "${HOME}" ]');
    expect(rawSection(text, 'schedules')).toEqual({
      report: { cron: '0 4 * * *', handler: 'command', data: { argv: ['echo', '${HOME}'] }, overlap: 'queue' },
      other: { every: '10m', handler: 'http' },
    });
    expect(rawSection(text, 'pool')).toEqual({ size: 2 });
  });
  test('takes an entry or a key away', () => {
    const text = editedText(file, [
      { path: ['schedules', 'report'], value: undefined },
      { path: ['schedules', 'governance'], value: null },
    ]);
    expect(rawSection(text, 'schedules')).toEqual({ other: { every: '10m', handler: 'http' }, governance: null });
    expect(rawSection(editedText(file, [{ path: ['nothing', 'here'], value: undefined }]), 'nothing')).toEqual({});
  });
  test('begins a file that is empty or holds only comments', () => {
    const edit = [{ path: ['schedules', 'a'], value: { every: '1m', handler: 'x' } }];
    expect(rawSection(editedText('', edit), 'schedules')).toEqual({ a: { every: '1m', handler: 'x' } });
    const text = editedText('# nothing yet\n', edit);
    expect(text.startsWith('# nothing yet')).toBe(true);
    expect(rawSection(text, 'schedules')).toEqual({ a: { every: '1m', handler: 'x' } });
    expect(rawSection(editedText('schedules:\n', edit), 'schedules')).toEqual({ a: { every: '1m', handler: 'x' } });
  });
  test('leaves to a person what stands there as an alias', () => {
    const aliased = 'x: &x { every: 1m, handler: h }\nschedules: { a: *x, b: { <<: *x } }\n';
    for (const name of ['a', 'b']) expect(() => editedText(aliased, [{ path: ['schedules', name], value: { every: '2m' } }])).toThrow(/by hand/);
    expect(() => editedText('schedules: [1]\n', [{ path: ['schedules', 'a'], value: {} }])).toThrow(/by hand/);
  });
  test('text of every kind comes back as it was typed', () => {
    for (const value of ['${X}', '$${X}', 'a: b # c', '*', '&a', '0 * * * *', 'yes', '012', '1e3', ' two ', 'line\nbreak', '"', "'", 'ü😀', '- x', '']) {
      const text = editedText(file, [{ path: ['schedules', 'report', 'data'], value: { value, list: [value] } }]);
      expect((rawSection(text, 'schedules')['report'] as { data: unknown }).data).toEqual({ value, list: [value] });
    }
  });
});
