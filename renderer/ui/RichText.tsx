import { memo } from 'react';
import { printable } from '../format/printable.js';
import { type Block, blocksOf, type Inline } from '../format/rich-text.js';
import './rich-table.css';

/** Blocks are made anew from the whole text each time and never move: their place is their identity. */
const placed = <T,>(items: readonly T[]): readonly { readonly key: string; readonly item: T }[] => items.map((item, index) => ({ key: String(index), item }));

function Inlines({ inlines }: { readonly inlines: readonly Inline[] }) {
  return placed(inlines).map(({ key, item }) => {
    if (item.kind === 'code') return <code key={key}>{item.text}</code>;
    return item.kind === 'strong' ? <strong key={key}>{item.text}</strong> : <span key={key}>{item.text}</span>;
  });
}

function BlockView({ block }: { readonly block: Block }) {
  if (block.kind === 'code') return <pre>{block.text}</pre>;
  if (block.kind === 'table') {
    return (
      <div className="rich-table">
        <table>
          <thead>
            <tr>
              {placed(block.head).map(({ key, item }) => (
                <th key={key} scope="col">
                  <Inlines inlines={item} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {placed(block.rows).map(({ key, item: row }) => (
              <tr key={key}>
                {placed(row).map(({ key: column, item }) => (
                  <td key={column}>
                    <Inlines inlines={item} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    );
  }
  if (block.kind === 'bullets') {
    return (
      <ul>
        {placed(block.items).map(({ key, item }) => (
          <li key={key}>
            <Inlines inlines={item} />
          </li>
        ))}
      </ul>
    );
  }
  const inlines = <Inlines inlines={block.inlines} />;
  if (block.kind === 'quote') return <blockquote>{inlines}</blockquote>;
  return <p className={block.kind === 'heading' ? 'rich-heading' : undefined}>{inlines}</p>;
}

/** An agent's answer as elements: never as HTML, and without anything to click. */
export const RichText = memo(function RichText({ text }: { readonly text: string }) {
  return (
    <div className="rich-text">
      {placed(blocksOf(printable(text))).map(({ key, item }) => (
        <BlockView key={key} block={item} />
      ))}
    </div>
  );
});
