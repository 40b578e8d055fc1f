import { z } from 'zod';
import { bytes, duration } from './quantities.js';

/** The `services` of `roost.yaml`: any long-lived process the operator names. */

export const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be 1 to 40 of a-z 0-9 - and start with a letter')
  // What every object has by itself would be found where nobody put it.
  .refine((text) => !(text in {}), 'must not be a word of the language such as constructor');
export const env = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be an environment variable name'), z.string());
export const argv = z.array(z.string().refine((part) => !part.includes('\0'), 'must not hold a NUL')).min(1);

/** One list of processes has one namespace: these names are taken by what Roost runs itself. */
const isReserved = (text: string): boolean => /^(redis|roost|worker|pool|(worker|agent)-.*)$/.test(text);
const serviceName = name.refine((text) => !isReserved(text), 'is a name of Roost itself (redis, roost, pool, worker and agent)');

/** `started`: it was spawned. `ready`: its readiness is proved. `healthy`: and its last liveness probe was good. */
export const conditions = ['started', 'ready', 'healthy'] as const;
export type Condition = (typeof conditions)[number];

const httpUrl = z.string().regex(/^https?:\/\/[^\s/]/, 'must start with http:// or https://');
const placeWanted = 'must be a port, or host:port';
const tcpPlace = z.union([z.number().int().min(1).max(65_535), z.string().regex(/^[^\s]+:\d{1,5}$/, placeWanted)], { error: placeWanted });
export const probeKinds = { http: httpUrl.optional(), tcp: tcpPlace.optional(), command: argv.optional() };
export const exactlyOne = (values: readonly unknown[]): boolean => values.filter((value) => value !== undefined).length === 1;

const readySchema = z
  .strictObject({
    ...probeKinds,
    /** A line of output that holds this text. */
    log: z.string().min(1).optional(),
    /** The program itself prints the line `{"roost":"ready"}`. */
    message: z.literal(true).optional(),
    timeout: duration(100, 3_600_000).prefault('30s'),
  })
  .refine((ready) => exactlyOne([ready.http, ready.tcp, ready.command, ready.log, ready.message]), {
    message: 'needs exactly one of http, tcp, log, command and message',
  });
export type ReadyConfig = z.output<typeof readySchema>;

const beatsSchema = z.strictObject({
  /** Longest silence. */
  silence: duration(1_000, 3_600_000).prefault('30s'),
  /** Longest time without progress while it says that it is busy; not looked at unless given. */
  progress: duration(1_000, 86_400_000).optional(),
});
export type BeatsConfig = z.output<typeof beatsSchema>;

export const stopSignals = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'] as const;
export type StopSignal = (typeof stopSignals)[number];

const aliveSchema = z
  .strictObject({
    ...probeKinds,
    /** The program itself prints lines `{"roost":"beat"}`. */
    message: z.union([z.literal(true), beatsSchema], { error: 'must be true, or silence and progress' }).optional(),
    /** Sent before one that hangs is ended, to a program that then writes to its log where it stands. */
    dump: z.enum(stopSignals).optional(),
    every: duration(100, 3_600_000).prefault('10s'),
    timeout: duration(50, 600_000).prefault('5s'),
    failures: z.number().int().min(1).max(100).default(3),
    /** Failures in this time after the start do not count. */
    startupGrace: duration(0, 3_600_000).prefault('0s'),
  })
  .refine((alive) => exactlyOne([alive.http, alive.tcp, alive.command, alive.message]), { message: 'needs exactly one of http, tcp, command and message' });
export type AliveConfig = z.output<typeof aliveSchema>;

/** The limits of a program that beats; undefined for one that is asked instead. */
export const beatsOf = ({ message }: AliveConfig): BeatsConfig | undefined => (message === true ? beatsSchema.parse({}) : message);

const exitCode = z.number().int().min(0).max(4_294_967_295);
const restartSchema = z.strictObject({
  policy: z.enum(['always', 'on-failure', 'never']).default('always'),
  successCodes: z.array(exitCode).default([0]),
  /** With these it says that another try cannot help. */
  permanentCodes: z.array(exitCode).default([78]),
});

const stopSchema = z.strictObject({
  /** A line written to its input first; the signal follows after half of the grace. */
  message: z
    .string()
    .min(1)
    .max(10_000)
    .refine((text) => !/[\n\r\0]/.test(text), 'must be one line')
    .optional(),
  signal: z.enum(stopSignals).default('SIGTERM'),
  grace: duration(0, 60_000).prefault('5s'),
});

const fields = {
  command: argv.optional(),
  /** Relative to the directory of the config file; that directory when it is not given. */
  cwd: z.string().min(1).optional(),
  env: env.optional(),
  required: z.boolean().optional(),
  dependsOn: z
    .union([z.array(z.string()), z.record(z.string(), z.enum(conditions))], {
      error: 'must be a list of names, or names with started, ready or healthy',
    })
    .optional(),
  /** Whether it is started anew when something it depends on went down. */
  restartWith: z.boolean().optional(),
  ready: readySchema.optional(),
  alive: aliveSchema.optional(),
  restart: restartSchema.optional(),
  stop: stopSchema.optional(),
  /** Memory of the whole tree under it. */
  limits: z.strictObject({ memory: bytes(1024 ** 2).optional() }).optional(),
  recycle: z.strictObject({ after: duration(1_000, 20 * 86_400_000), variance: z.number().min(0).max(0.9).default(0.1) }).optional(),
};
const section = z.strictObject(fields).optional();

const serviceSchema = z
  .strictObject({ ...fields, windows: section, macos: section, linux: section })
  .refine((service) => service.command !== undefined || [service.windows, service.macos, service.linux].every((one) => one?.command !== undefined), {
    message: 'is needed (or one in each of windows, macos and linux)',
    path: ['command'],
  });
export type ServiceEntry = z.output<typeof serviceSchema>;
export const servicesSchema = z.record(serviceName, serviceSchema);

/** One service on this system: sections folded in, nothing optional that has a default. */
export interface ServiceConfig {
  readonly command: readonly [string, ...string[]];
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly required: boolean;
  readonly dependsOn: Readonly<Record<string, Condition>>;
  readonly restartWith: boolean;
  readonly ready: ReadyConfig | undefined;
  readonly alive: AliveConfig | undefined;
  readonly restart: z.output<typeof restartSchema>;
  readonly stop: z.output<typeof stopSchema>;
  readonly memoryBytes: number | undefined;
  readonly recycle: { readonly after: number; readonly variance: number } | undefined;
}

const sectionNames: Readonly<Record<string, 'windows' | 'macos' | 'linux'>> = { win32: 'windows', darwin: 'macos', linux: 'linux' };

/** A key of the section for `platform` replaces the same key of the entry; variables of `env` are added to. */
export function serviceOn(platform: string, entry: ServiceEntry): ServiceConfig {
  const { windows, macos, linux, ...base } = entry;
  const key = sectionNames[platform];
  const own = key === undefined ? undefined : { windows, macos, linux }[key];
  const merged = { ...base, ...Object.fromEntries(Object.entries(own ?? {}).filter(([, value]) => value !== undefined)) } as typeof base;
  const [program, ...args] = merged.command ?? [];
  const { dependsOn = {} } = merged;
  return {
    // Without a command for this system it cannot be started, and its first start says so.
    command: [program ?? '', ...args],
    cwd: merged.cwd,
    env: { ...base.env, ...own?.env },
    required: merged.required ?? false,
    dependsOn: Array.isArray(dependsOn) ? Object.fromEntries(dependsOn.map((dependency) => [dependency, 'ready' as const])) : dependsOn,
    restartWith: merged.restartWith ?? false,
    ready: merged.ready,
    alive: merged.alive,
    restart: merged.restart ?? restartSchema.parse({}),
    stop: merged.stop ?? stopSchema.parse({}),
    memoryBytes: merged.limits?.memory,
    recycle: merged.recycle,
  };
}
