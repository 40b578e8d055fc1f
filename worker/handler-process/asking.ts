import { type ErrorCode, errorCodes, RoostError } from '../../contract/errors.js';
import type { FromHandler, ToHandler } from '../../contract/handler-messages.js';

type Answer = Extract<ToHandler, { type: 'answer' }>['answer'];

/** Questions to the supervisor that wait for their answers. The job's deadline ends the wait, with its process. */
export class Asking {
  readonly #send: (message: FromHandler) => void;
  readonly #waiting = new Map<number, { readonly resolve: (result: unknown) => void; readonly reject: (error: RoostError) => void }>();
  #lastId = 0;

  constructor(send: (message: FromHandler) => void) {
    this.#send = send;
  }

  ask(method: string, params: unknown): Promise<unknown> {
    const askId = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(askId, { resolve, reject });
      this.#send({ type: 'ask', askId, method, params });
    });
  }

  answered(askId: number, answer: Answer): void {
    const waiting = this.#waiting.get(askId);
    this.#waiting.delete(askId);
    if ('error' in answer) waiting?.reject(new RoostError(codeOf(answer.error.code), answer.error.message));
    else waiting?.resolve(answer.result);
  }
}

const codeOf = (text: string): ErrorCode => errorCodes.find((code) => code === text) ?? 'internal';
