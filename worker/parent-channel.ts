/** The way to the supervisor that started this process. */
export interface ParentChannel {
  /** After the loss of the parent it is dropped silently: `onLost` told the story. */
  send(message: object): void;
  onMessage(listener: (message: unknown) => void): void;
  /** The supervisor is gone. */
  onLost(listener: () => void): void;
  /** Resolves once everything sent was handed to the operating system. */
  flushed(): Promise<void>;
}

/** What a utility process of the desktop app has instead of Node's IPC. */
interface ParentPort {
  postMessage(message: unknown): void;
  on(event: 'message' | 'close', listener: (event: { readonly data: unknown }) => void): unknown;
}

/** The parts of `process` that matter here. */
export interface HostProcess {
  readonly parentPort?: ParentPort | undefined;
  readonly send?: ((message: unknown, callback: (error: Error | null) => void) => boolean) | undefined;
  on(event: 'message' | 'disconnect', listener: (message: unknown) => void): unknown;
}

/** Found by what the process offers; undefined when it was started by hand. */
export function parentChannel(host: HostProcess): ParentChannel | undefined {
  if (host.parentPort !== undefined) return overPort(host.parentPort);
  return host.send === undefined ? undefined : overIpc(host);
}

function overPort(port: ParentPort): ParentChannel {
  return {
    send: (message) => port.postMessage(message),
    onMessage: (listener) => void port.on('message', (event) => listener(event.data)),
    onLost: (listener) => void port.on('close', () => listener()),
    flushed: () => Promise.resolve(),
  };
}

function overIpc(host: HostProcess): ParentChannel {
  let last: Promise<void> = Promise.resolve();
  return {
    send(message) {
      // Without a callback an error on a closed channel becomes an uncaught exception.
      last = new Promise((resolve) => host.send?.(message, () => resolve()));
    },
    onMessage: (listener) => void host.on('message', listener),
    onLost: (listener) => void host.on('disconnect', () => listener()),
    flushed: () => last,
  };
}
