import type { AnyMessage } from '@agentclientprotocol/sdk';
import { envelopeSchema } from './acp-updates.js';

/** Pending requests of one agent towards Roost; more than this at once is an attack or a loop. */
const maxOpenRequests = 100;

/** What becomes of a message that an agent sent. */
export type Passage =
  /** An answer or a request, for the library. */
  | { readonly kind: 'pass' }
  | { readonly kind: 'update'; readonly params: unknown }
  /** Of no use to anybody and no harm. */
  | { readonly kind: 'drop' }
  | { readonly kind: 'violation'; readonly message: string };

/** Keeps the ids of requests that are open on either side of one connection: what fits none of them does not pass. */
export class AcpGate {
  /** Of Roost, waiting for an answer of the agent. */
  readonly #asked = new Set<string | number>();
  /** Of the agent, waiting for an answer of Roost. */
  readonly #open = new Set<string | number | null>();
  #lastId = -1;

  sent(message: AnyMessage): void {
    if ('method' in message && 'id' in message && message.id !== null) {
      this.#asked.add(message.id);
      if (typeof message.id === 'number') this.#lastId = message.id;
    }
    if (!('method' in message)) this.#open.delete(message.id);
  }

  received(message: unknown): Passage {
    const envelope = envelopeSchema.safeParse(message);
    if (!envelope.success) return { kind: 'violation', message: 'a line is not a JSON-RPC 2.0 message' };
    if (!('method' in envelope.data)) return this.#answered(envelope.data.id);
    const { id, method, params } = envelope.data;
    if (id === undefined) return method === 'session/update' ? { kind: 'update', params } : { kind: 'drop' };
    if (this.#open.has(id)) return { kind: 'violation', message: `two open requests with the id ${String(id).slice(0, 40)}` };
    this.#open.add(id);
    return this.#open.size > maxOpenRequests ? { kind: 'violation', message: `more than ${maxOpenRequests} open requests` } : { kind: 'pass' };
  }

  #answered(id: string | number | null): Passage {
    if (id !== null && this.#asked.delete(id)) return { kind: 'pass' };
    // A second answer harms nobody and some agents give one to a repeated cancel. It stops here all the
    // same: the library reports strangers on the console of the supervisor, which an agent could flood.
    if (typeof id === 'number' && id >= 0 && id <= this.#lastId) return { kind: 'drop' };
    return { kind: 'violation', message: `an answer to a request that was never made (id ${String(id).slice(0, 40)})` };
  }
}
