import { X } from 'lucide-react';
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { Button } from './Button.js';

/** A tall panel at the right edge over the page. Escape, the cross and a click beside it close it. Mount it to open it. */
export function Drawer({ title, children, onClose }: { readonly title: ReactNode; readonly children: ReactNode; readonly onClose: () => void }) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (element !== null && !element.open) element.showModal();
    return () => element?.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape does the same, by the browser's own cancel event
    <dialog
      ref={dialog}
      className="drawer"
      aria-labelledby={id}
      onCancel={(event) => {
        // The question in front of it, not the drawer, was answered.
        if (event.target !== dialog.current) return;
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      <div className="drawer-inside">
        <header className="drawer-head">
          <h2 id={id}>{title}</h2>
          <Button look="quiet" size="small" aria-label="Close" icon={<X size={16} aria-hidden="true" />} onClick={onClose} />
        </header>
        <div className="drawer-body">{children}</div>
      </div>
    </dialog>
  );
}
