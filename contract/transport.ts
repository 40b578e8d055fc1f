/**
 * The one interface under the protocol of frames.ts. Two implementations carry it: a MessagePort
 * in the desktop app and a WebSocket headless. Text only, ordered, lossless until closed.
 */
export interface Transport {
  /** Queues one frame. After close it is dropped silently: the close event already told the story. */
  send(text: string): void;
  onMessage(listener: (text: string) => void): () => void;
  /** Fires exactly once, also when `close` was called locally. */
  onClose(listener: (reason: string) => void): () => void;
  close(reason: string): void;
  /** Bytes accepted by send and not yet handed to the other side; 0 where it cannot be known. */
  bufferedBytes(): number;
}
