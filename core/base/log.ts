import type { Clock } from './clock.js';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];
export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same log with a room's name in front of every line. */
  child(room: string): Log;
}

const secretKey = /pass(word)?|token|secret|api[-_]?key|authorization|cookie|credential/i;
const secretInUrl = /\b([a-z][a-z0-9+.-]*:\/\/)([^\s/@]*):([^\s@/]*)@/gi;

/** Hides values under telling keys and passwords inside URLs, at any depth up to 6. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return value.replace(secretInUrl, '$1$2:***@');
  if (value instanceof Error)
    return {
      message: redact(value.message, depth + 1),
      ...(value.cause === undefined ? {} : { cause: redact(value.cause, depth + 1) }),
      stack: value.stack
        ?.split('\n')
        .slice(1, 6)
        .map((line) => line.trim()),
    };
  if (value === null || typeof value !== 'object') return value;
  if (depth >= 6) return '…';
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, secretKey.test(key) ? '***' : redact(inner, depth + 1)]));
}

/** One JSON object a line; the sink owns where it goes. */
export function createLog(options: { readonly clock: Clock; readonly level: LogLevel; readonly sink: (line: string) => void; readonly room?: string }): Log {
  const threshold = logLevels.indexOf(options.level);
  const write = (level: LogLevel, message: string, fields: LogFields = {}): void => {
    if (logLevels.indexOf(level) < threshold) return;
    const record = {
      time: new Date(options.clock.wallMs()).toISOString(),
      level,
      ...(options.room === undefined ? {} : { room: options.room }),
      message: redact(message),
      ...(redact(fields) as object),
    };
    options.sink(JSON.stringify(record));
  };
  return {
    debug: (message, fields) => write('debug', message, fields),
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    error: (message, fields) => write('error', message, fields),
    child: (room) => createLog({ ...options, room: options.room === undefined ? room : `${options.room}/${room}` }),
  };
}

export const silentLog: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined, child: () => silentLog };
