import { memo } from 'react';
import { printable } from '../format/printable.js';
import { blocksOf, type Inline } from '../format/rich-text.js';

function Inlines({ inlines }: { readonly inlines: readonly Inline[] }) {
  return inlines.map((inline, index) => {
    // Blocks are made anew from the whole text each time, so the position is the identity.
    const key = `${index}`;
    if (inline.kind === 'code') return <code key={key}>{inline.text}</code>;
    return inline.kind === 'strong' ? <strong key={key}>{inline.text}</strong> : <span key={key}>{inline.text}</span>;
  });
}

/** An agent's answer as elements: never as HTML, and without anything to click. */
export const RichText = memo(function RichText({ text }: { readonly text: string }) {
  return (
    <div className="rich-text">
      {blocksOf(printable(text)).map((block, index) => {
        const key = `${index}`;
        switch (block.kind) {
          case 'code':
            return <pre key={key}>{block.text}</pre>;
          case 'bullets':
            return <ul key={key}>{block.items.map((item, at) => <li key={`${at}`}><Inlines inlines={item} /></li>)}</ul>;
          case 'quote':
            return <blockquote key={key}><Inlines inlines={block.inlines} /></blockquote>;
          case 'heading':
            return <p key={key} className="rich-heading"><Inlines inlines={block.inlines} /></p>;
          case 'paragraph':
            return <p key={key}><Inlines inlines={block.inlines} /></p>;
        }
      })}
    </div>
  );
});
