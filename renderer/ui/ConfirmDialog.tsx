import { Button } from './Button.js';
import { Dialog } from './Dialog.js';

/** Asks before an act that interrupts work. The safe answer has the focus. */
export function ConfirmDialog({
  title,
  text,
  confirm,
  keep = 'Keep running',
  onConfirm,
  onClose,
}: {
  readonly title: string;
  readonly text: string;
  readonly confirm: string;
  /** The safe answer. */
  readonly keep?: string;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}) {
  return (
    <Dialog title={title} onClose={onClose}>
      <p className="dialog-text">{text}</p>
      <div className="dialog-actions">
        <Button autoFocus onClick={onClose}>
          {keep}
        </Button>
        <Button
          look="danger"
          onClick={() => {
            onConfirm();
            onClose();
          }}
        >
          {confirm}
        </Button>
      </div>
    </Dialog>
  );
}
