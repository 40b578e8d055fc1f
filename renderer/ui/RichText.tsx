import { memo } from 'react';
import { printable } from '../format/printable.js';
import type { Inline } from '../format/rich-inline.js';
import { type Block, blocksOf } from '../format/rich-text.js';
import './rich-text.css';

/** Blocks are made anew from the whole text each time and never move: their place is their identity. */
const placed = <T,>(items: readonly T[]): readonly { readonly key: string; readonly item: T }[] => items.map((item, index) => ({ key: String(index), item }));

function Inlines({ inlines }: { readonly inlines: readonly Inline[] }) {
  return placed(inlines).map(({ key, item }) => {
    switch (item.kind) {
      case 'code':
        return <code key={key}>{item.text}</code>;
      case 'strong':
        return <strong key={key}>{item.text}</strong>;
      case 'emphasis':
        return <em key={key}>{item.text}</em>;
      case 'struck':
        return <s key={key}>{item.text}</s>;
      case 'link':
        return (
          <span key={key}>
            {item.text} {item.address === item.text ? null : <span className="rich-address">({item.address})</span>}
          </span>
        );
      default:
        return <span key={key}>{item.text}</span>;
    }
  });
}

function Blocks({ blocks }: { readonly blocks: readonly Block[] }) {
  return placed(blocks).map(({ key, item }) => <BlockView key={key} block={item} />);
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
  if (block.kind === 'list') {
    const items = placed(block.items).map(({ key, item }) => (
      <li key={key}>
        <Blocks blocks={item} />
      </li>
    ));
    return block.from === null ? <ul>{items}</ul> : <ol start={block.from}>{items}</ol>;
  }
  if (block.kind === 'rule') return <hr />;
  if (block.kind === 'quote') {
    return (
      <blockquote>
        <Blocks blocks={block.blocks} />
      </blockquote>
    );
  }
  return (
    <p className={block.kind === 'heading' ? 'rich-heading' : undefined}>
      <Inlines inlines={block.inlines} />
    </p>
  );
}

/** An agent's answer as elements: never as HTML, and without anything to click. */
export const RichText = memo(function RichText({ text }: { readonly text: string }) {
  return (
    <div className="rich-text">
      <Blocks blocks={blocksOf(printable(text))} />
    </div>
  );
});
