import { X } from 'lucide-react';
import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from 'react';
import { useRoost } from '../client/roost.js';
import type { Tone } from '../format/tones.js';
import { StatusIcon } from './StatusIcon.js';

interface ToastContent {
  readonly tone: Tone;
  readonly title: string;
  readonly text?: string;
}
type Toast = ToastContent & { readonly id: number };

const showMs = 8_000;
const atMost = 4;
const ToastContext = createContext<(toast: ToastContent) => void>(() => {});

/** Shows a short message above the page, for a few seconds or until it is closed. */
export const useToast = (): ((toast: ToastContent) => void) => useContext(ToastContext);

export function Toasts({ children }: { readonly children: ReactNode }) {
  const { clock } = useRoost();
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const nextId = useRef(0);
  const close = useCallback((id: number) => setToasts((shown) => shown.filter((toast) => toast.id !== id)), []);
  const show = useCallback(
    (content: ToastContent) => {
      const id = nextId.current++;
      // The same message again replaces the first: a row of equal toasts says nothing more.
      setToasts((shown) => [...shown.filter((toast) => toast.title !== content.title || toast.text !== content.text), { ...content, id }].slice(-atMost));
      clock.after(showMs, () => close(id));
    },
    [clock, close],
  );
  const list = useMemo(
    () =>
      toasts.map((toast) => (
        <li key={toast.id} className={`toast toast-${toast.tone}`}>
          <StatusIcon tone={toast.tone} size={16} />
          <div>
            <strong>{toast.title}</strong>
            {toast.text === undefined ? null : <p>{toast.text}</p>}
          </div>
          <button type="button" className="toast-close" aria-label="Close this message" onClick={() => close(toast.id)}>
            <X size={14} aria-hidden="true" />
          </button>
        </li>
      )),
    [toasts, close],
  );
  return (
    <ToastContext value={show}>
      {children}
      <ul className="toasts" role="status" aria-live="assertive" aria-label="Messages">
        {list}
      </ul>
    </ToastContext>
  );
}
