import { z } from 'zod';

/** What opening a session answers, in the parts that Roost reads. */

const selectValueSchema = z.union([z.object({ value: z.string() }), z.object({ options: z.array(z.object({ value: z.string() })).max(1_000) })]);

/** One way to set an agent up, flat: groups are for screens. */
export const configOptionSchema = z
  .looseObject({
    id: z.string().max(200),
    type: z.string(),
    category: z.string().nullish().catch(null),
    currentValue: z.unknown(),
    options: z.array(selectValueSchema).max(1_000).nullish().catch(null),
  })
  .transform(({ id, type, category, currentValue, options }) => ({
    id,
    type,
    category: category ?? null,
    current: currentValue,
    values: (options ?? []).flatMap((option) => ('value' in option ? [option.value] : option.options.map(({ value }) => value))),
  }));
export type ConfigOption = z.output<typeof configOptionSchema>;

/** One that cannot be read costs itself only. */
export const configOptionsSchema = z
  .array(z.unknown())
  .max(1_000)
  .transform((options) => options.flatMap((option) => configOptionSchema.safeParse(option).data ?? []))
  .nullish()
  .catch(null);

export const configAnswerSchema = z.looseObject({ configOptions: configOptionsSchema });

/** Of `session/load` and `session/resume`; an agent may answer with nothing. */
export const openedAnswerSchema = z
  .looseObject({
    modes: z.object({ currentModeId: z.string(), availableModes: z.array(z.object({ id: z.string() })).max(1_000) }).nullish(),
    configOptions: configOptionsSchema,
  })
  .nullish()
  .transform((answer) => answer ?? {});
export type OpenedAnswer = {
  readonly modes?: { readonly currentModeId: string; readonly availableModes: readonly { readonly id: string }[] } | null | undefined;
} & {
  readonly configOptions?: readonly ConfigOption[] | null | undefined;
};

export const newSessionAnswerSchema = z.looseObject({
  sessionId: z.string().min(1).max(1_024),
  modes: z.object({ currentModeId: z.string(), availableModes: z.array(z.object({ id: z.string() })).max(1_000) }).nullish(),
  configOptions: configOptionsSchema,
});

/** An announcement is an object, also an empty one. */
const announced = z.unknown().transform((value) => typeof value === 'object' && value !== null);

export const capabilitiesSchema = z
  .looseObject({
    loadSession: z.boolean().catch(false).default(false),
    sessionCapabilities: z.looseObject({ resume: announced, close: announced }).partial().nullish().catch(null),
  })
  .nullish()
  .catch(null)
  .transform((answer) => ({
    load: answer?.loadSession === true,
    resume: answer?.sessionCapabilities?.resume === true,
    close: answer?.sessionCapabilities?.close === true,
  }));
