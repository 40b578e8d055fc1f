import { z } from 'zod';
import { type ServerFrame, serverFrameSchema } from '../../contract/frames.js';
import { type SliceName, type State, stateSchema } from '../../contract/state.js';

export type Incoming = Exclude<ServerFrame, { type: 'change' }> | { [S in SliceName]: { type: 'change'; seq: number; slice: S; value: State[S] } }[SliceName];

export type ParsedFrame = { readonly kind: 'frame'; readonly frame: Incoming } | { readonly kind: 'unreadable'; readonly problem: string };

const unreadable = (problem: string): ParsedFrame => ({ kind: 'unreadable', problem });
const isSlice = (name: string): name is SliceName => Object.hasOwn(stateSchema.shape, name);

/** Parsed here at the door; behind it every value has the shape of the contract. */
export function parseServerFrame(text: string): ParsedFrame {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return unreadable('not JSON');
  }
  const parsed = serverFrameSchema.safeParse(raw);
  if (!parsed.success) return unreadable(z.prettifyError(parsed.error));
  const frame = parsed.data;
  if (frame.type !== 'change') return { kind: 'frame', frame };
  const { slice } = frame;
  if (!isSlice(slice)) return unreadable(`unknown slice ${JSON.stringify(slice)}`);
  const value = stateSchema.shape[slice].safeParse(frame.value);
  if (!value.success) return unreadable(`slice ${slice}: ${z.prettifyError(value.error)}`);
  // The schema was picked by the slice's name, so name and value belong together; the type system cannot follow that.
  return { kind: 'frame', frame: { type: 'change', seq: frame.seq, slice, value: value.data } as Incoming };
}

/** A host of another protocol version fails the schema of `welcome`; this tells that case apart. */
export function welcomeProtocol(text: string): number | null {
  const parsed = z.object({ type: z.literal('welcome'), protocol: z.number() }).safeParse(safeJson(text));
  return parsed.success ? parsed.data.protocol : null;
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
