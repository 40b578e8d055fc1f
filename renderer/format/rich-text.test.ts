import { describe, expect, it } from 'vitest';
import { blocksOf, inlinesOf } from './rich-text.js';

const text = (value: string) => ({ kind: 'text', text: value });

describe('blocksOf', () => {
  it('tells paragraphs, bullets, quotes, headings and code apart', () => {
    expect(blocksOf('## Notes\nTwo lines\nstay one paragraph\n\n- first\n* **second**\n> said\n> twice\n```sh\nroost up\n```\nend')).toEqual([
      { kind: 'heading', inlines: [text('Notes')] },
      { kind: 'paragraph', inlines: [text('Two lines\nstay one paragraph')] },
      { kind: 'bullets', items: [[text('first')], [{ kind: 'strong', text: 'second' }]] },
      { kind: 'quote', inlines: [text('said\ntwice')] },
      { kind: 'code', text: 'roost up' },
      { kind: 'paragraph', inlines: [text('end')] },
    ]);
  });

  it('shows a fence that is still being streamed as code', () => {
    expect(blocksOf('```\nline 1\nline')).toEqual([{ kind: 'code', text: 'line 1\nline' }]);
  });

  it('keeps numbered lines as they were written', () => {
    expect(blocksOf('1. one\n2. two')).toEqual([{ kind: 'paragraph', inlines: [text('1. one\n2. two')] }]);
  });

  it('ends on any input', () => {
    for (const source of ['', '\n\n', '```', '>', '- ', '#', '# ', '**', '`', '\r\n\r\n']) expect(blocksOf(source).length).toBeLessThan(3);
  });
});

it('leaves an opening mark without its end as plain text', () => {
  expect(inlinesOf('a `code` and **not closed')).toEqual([text('a '), { kind: 'code', text: 'code' }, text(' and **not closed')]);
});

describe('tables', () => {
  it('are rows of cells below a row of dashes, with marks inside of cells', () => {
    expect(blocksOf('before\n| A | **B** |\n| --- | :---: |\n| 1 | a \\| b |\n| only |\nafter')).toEqual([
      { kind: 'paragraph', inlines: [text('before')] },
      {
        kind: 'table',
        head: [[text('A')], [{ kind: 'strong', text: 'B' }]],
        rows: [
          [[text('1')], [text('a | b')]],
          [[text('only')], []],
        ],
      },
      { kind: 'paragraph', inlines: [text('after')] },
    ]);
  });
  it('need their dashes', () => expect(blocksOf('| not | one |\n| a | b |')[0]?.kind).toBe('paragraph'));
});

it('takes a mark with a backslash before it as text', () => {
  expect(inlinesOf('\\*\\*not bold\\*\\* \\`x\\` C:\\temp')).toEqual([text('**not bold** `x` C:\\temp')]);
});
