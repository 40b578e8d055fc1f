import { createHmac } from 'node:crypto';
import { RoostError } from '../../contract/errors.js';
import type { Clock } from '../../core/base/clock.js';

export interface LiveKitSettings {
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: string;
}

/** What a participant may do in its room; the names are LiveKit's. */
interface VideoGrant {
  readonly room: string;
  readonly roomJoin: true;
  readonly canPublish: boolean;
  readonly canSubscribe: boolean;
  readonly canPublishData: boolean;
  readonly agent?: true;
}

export interface Participant {
  readonly room: string;
  readonly identity: string;
  readonly ttlMs: number;
  readonly agent?: boolean;
}

/** Clocks of two machines differ a little. */
const leewaySeconds = 10;
/** An agent waits in its room for as long as it is kept warm. */
const agentTokenMs = 2 * 86_400_000;

/** All three of LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET, or nothing. */
export function liveKitOf(env: Readonly<Record<string, string | undefined>>): LiveKitSettings | undefined {
  const [url, apiKey, apiSecret] = [env['LIVEKIT_URL']?.trim(), env['LIVEKIT_API_KEY']?.trim(), env['LIVEKIT_API_SECRET']?.trim()];
  return url && apiKey && apiSecret ? { url, apiKey, apiSecret } : undefined;
}

/**
 * An access token as LiveKit reads it (https://docs.livekit.io/home/get-started/authentication/): a JWT,
 * HS256 by the API secret, issued by the API key, the identity as its subject, the grant under `video`.
 */
export function accessToken(settings: LiveKitSettings, participant: Participant, nowMs: number): string {
  const { room, identity, ttlMs, agent } = participant;
  const video: VideoGrant = { room, roomJoin: true, canPublish: true, canSubscribe: true, canPublishData: true, ...(agent === true ? { agent: true } : {}) };
  const now = Math.floor(nowMs / 1_000);
  const claims = {
    iss: settings.apiKey,
    sub: identity,
    jti: identity,
    name: identity,
    nbf: now - leewaySeconds,
    exp: now + Math.ceil(ttlMs / 1_000),
    video,
    ...(agent === true ? { kind: 'agent' } : {}),
  };
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${signed}.${createHmac('sha256', settings.apiSecret).update(signed).digest('base64url')}`;
}

/** Rooms of voice agents and the tokens that open them. */
export class LiveKit {
  readonly #settings: LiveKitSettings | undefined;
  readonly #clock: Clock;
  readonly #node: string;

  constructor(options: { readonly settings: LiveKitSettings | undefined; readonly clock: Clock; readonly node: string }) {
    this.#settings = options.settings;
    this.#clock = options.clock;
    this.#node = options.node;
  }

  /** The room of a voice agent, fixed before it starts: it waits in there, warm, for the session that gets it. */
  roomOfAgent(agentId: string): string {
    return `roost-${this.#node}-${agentId}`;
  }

  /** What an agent without a protocol gets in its environment: its room and, where LiveKit is configured, the way in. */
  agentEnv(agentId: string): Readonly<Record<string, string>> {
    const room = this.roomOfAgent(agentId);
    if (this.#settings === undefined) return { ROOST_ROOM: room };
    const token = accessToken(this.#settings, { room, identity: agentId, ttlMs: agentTokenMs, agent: true }, this.#clock.wallMs());
    return { ROOST_ROOM: room, ROOST_ROOM_TOKEN: token, LIVEKIT_URL: this.#settings.url };
  }

  /** Rejects with `livekit-not-configured`. */
  token(participant: Participant): {
    readonly token: string;
    readonly url: string;
    readonly room: string;
    readonly identity: string;
    readonly expiresAt: number;
  } {
    this.requireConfigured();
    const settings = this.#settings as LiveKitSettings;
    const nowMs = this.#clock.wallMs();
    const { room, identity, ttlMs } = participant;
    return { token: accessToken(settings, participant, nowMs), url: settings.url, room, identity, expiresAt: nowMs + ttlMs };
  }

  requireConfigured(): void {
    if (this.#settings === undefined)
      throw new RoostError(
        'livekit-not-configured',
        'LiveKit is not configured: set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET and start Roost again',
      );
  }
}
