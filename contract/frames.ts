import { z } from 'zod';
import { errorBodySchema } from './errors.js';
import { sampleSchema, stateSchema } from './state.js';

/** Raised when the shape of frames changes in a way an older screen cannot read. */
export const protocolVersion = 1;
/** A screen sends small calls only; anything longer is a mistake or an attack (bytes of one frame). */
export const maxClientFrameBytes = 262_144;

export const clientFrameSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hello'), protocol: z.number().int() }),
  z.object({ type: z.literal('call'), id: z.number().int().nonnegative(), method: z.string().max(64), params: z.unknown().optional() }),
  /** Whether a person can see the screen: a hidden window or tab is told little, and a welcome follows once it is seen again. */
  z.object({ type: z.literal('look'), visible: z.boolean() }),
  z.object({ type: z.literal('cancel'), id: z.number().int().nonnegative() }),
]);
export type ClientFrame = z.infer<typeof clientFrameSchema>;

/**
 * `seq` counts the publications of one connection from 0 (the welcome) without a gap; a client that
 * sees a gap says hello again and gets a fresh snapshot. A change replaces one whole slice.
 */
export const serverFrameSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('welcome'),
    protocol: z.number().int(),
    seq: z.number().int(),
    state: stateSchema,
    samples: z.array(sampleSchema),
  }),
  z.object({ type: z.literal('change'), seq: z.number().int(), slice: z.string(), value: z.unknown() }),
  z.object({ type: z.literal('sample'), seq: z.number().int(), sample: sampleSchema }),
  z.object({ type: z.literal('result'), id: z.number().int(), value: z.unknown() }),
  z.object({ type: z.literal('error'), id: z.number().int(), error: errorBodySchema }),
]);
export type ServerFrame = z.infer<typeof serverFrameSchema>;
