import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runbooks } from '../../contract/runbooks.js';
import { blocksOf } from '../format/rich-text.js';
import { allRunbooks, readRunbook } from './runbooks.js';

describe('the runbooks', () => {
  it('there is a text for each name, and a name for each text', () => {
    const files = readdirSync(join(import.meta.dirname, '../../docs/runbooks')).map((file) => file.replace(/\.md$/, ''));
    expect(files.sort()).toEqual([...runbooks].sort());
  });

  it.each(allRunbooks.map((one) => [one.name, one] as const))(
    '%s says what it means, where to look and what to do, in marks that the screen knows',
    (_name, one) => {
      expect(one.title.length).toBeGreaterThan(5);
      const blocks = blocksOf(one.body);
      expect(blocks[0]?.kind).toBe('paragraph');
      const headings = blocks.flatMap((block) => (block.kind === 'heading' ? [block.inlines.map(({ text }) => text).join('')] : []));
      expect(headings).toEqual(['Look', 'Do']);
      expect(blocks.map(({ kind }) => kind)).toEqual(['paragraph', 'heading', 'list', 'heading', 'list']);
      // A link would be shown as its source.
      expect(one.body).not.toMatch(/\]\(/);
      expect(one.also).not.toContain(one.name);
    },
  );

  it('takes only names it knows out of the last line', () => {
    expect(readRunbook('held', '# Held\n\nText.\n\nSee also: [queue-paused](queue-paused.md), [nonsense](x.md)\n')).toEqual({
      name: 'held',
      title: 'Held',
      body: 'Text.',
      also: ['queue-paused'],
    });
    expect(readRunbook('held', '')).toEqual({ name: 'held', title: 'held', body: '', also: [] });
  });
});
