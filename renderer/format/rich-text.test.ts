import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inlinesOf } from './rich-inline.js';
import { blocksOf } from './rich-text.js';

const text = (value: string) => ({ kind: 'text', text: value });
const line = (value: string) => ({ kind: 'paragraph', inlines: [text(value)] });

describe('blocksOf', () => {
  it('tells paragraphs, bullets, quotes, headings and code apart', () => {
    expect(blocksOf('## Notes\nTwo lines\nstay one paragraph\n\n- first\n* **second**\n> said\n> twice\n```sh\nroost up\n```\nend')).toEqual([
      { kind: 'heading', inlines: [text('Notes')] },
      { kind: 'paragraph', inlines: [text('Two lines\nstay one paragraph')] },
      { kind: 'list', from: null, items: [[line('first')], [{ kind: 'paragraph', inlines: [{ kind: 'strong', text: 'second' }] }]] },
      { kind: 'quote', blocks: [line('said\ntwice')] },
      { kind: 'code', text: 'roost up' },
      { kind: 'paragraph', inlines: [text('end')] },
    ]);
  });

  it('shows a fence that is still being streamed as code', () => {
    expect(blocksOf('```\nline 1\nline')).toEqual([{ kind: 'code', text: 'line 1\nline' }]);
  });

  it('numbers lists, also from another number than one', () => {
    expect(blocksOf('1. one\n2. two')).toEqual([{ kind: 'list', from: 1, items: [[line('one')], [line('two')]] }]);
    expect(blocksOf('7) seven')).toEqual([{ kind: 'list', from: 7, items: [[line('seven')]] }]);
    expect(blocksOf('He was born in\n1984. A year')).toEqual([line('He was born in\n1984. A year')]);
  });

  it('keeps lists in lists, and what belongs to an item inside of it', () => {
    expect(blocksOf('- a\n  more\n  - b\n    ```\n    code\n    ```\n\n- c\n1. d\nend')).toEqual([
      {
        kind: 'list',
        from: null,
        items: [[line('a\nmore'), { kind: 'list', from: null, items: [[line('b'), { kind: 'code', text: 'code' }]] }], [line('c')]],
      },
      { kind: 'list', from: 1, items: [[line('d\nend')]] },
    ]);
  });

  it('reads what stands in a quote', () => {
    expect(blocksOf('> as\n> ```\n> roost up\n> ```\n> > inner\n---')).toEqual([
      { kind: 'quote', blocks: [line('as'), { kind: 'code', text: 'roost up' }, { kind: 'quote', blocks: [line('inner')] }] },
      { kind: 'rule' },
    ]);
  });

  it('goes no deeper than a stack can', () => {
    for (const mark of ['> ', '- ', '1. ', '>', '* ']) {
      let deepest = 0;
      const look = (blocks: ReturnType<typeof blocksOf>, depth: number): void => {
        deepest = Math.max(deepest, depth);
        for (const block of blocks) {
          if (block.kind === 'quote') look(block.blocks, depth + 1);
          if (block.kind === 'list') for (const item of block.items) look(item, depth + 1);
        }
      };
      look(blocksOf(`${mark.repeat(50_000)}end`), 0);
      expect(deepest).toBe(8);
    }
  });

  it('loses no word of what it was given', () => {
    const words = fc.array(fc.constantFrom('word', '- ', '1. ', '> ', '\n', '\n\n', '  ', '```\n', '# ', '| a |', '\n|---|\n', 'x', '---'), { maxLength: 40 });
    fc.assert(
      fc.property(words, (parts) => {
        const source = parts.join('');
        const shown = JSON.stringify(blocksOf(source));
        expect(shown.match(/word/g)?.length ?? 0).toBe(source.replace(/^\s*```.*word.*$/gm, '').match(/word/g)?.length ?? 0);
      }),
    );
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

describe('marks inside a line', () => {
  it('are emphasis, struck, code with ticks and links whose address is shown', () => {
    expect(inlinesOf('*a* _b_ ~~c~~ ``d`e`` [f](https://g.example/h) ![i](j.png)')).toEqual([
      { kind: 'emphasis', text: 'a' },
      text(' '),
      { kind: 'emphasis', text: 'b' },
      text(' '),
      { kind: 'struck', text: 'c' },
      text(' '),
      { kind: 'code', text: 'd`e' },
      text(' '),
      { kind: 'link', text: 'f', address: 'https://g.example/h' },
      text(' '),
      { kind: 'link', text: 'i', address: 'j.png' },
    ]);
  });
  it('are none in names and sums', () => {
    for (const plain of ['snake_case_name and _x', '2 * 3 * 4', 'a*b*c', 'array[0](1', '~ 5 ~']) expect(inlinesOf(plain)).toEqual([text(plain)]);
  });
});
