import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../core/base/manual-clock.js';
import { accessToken, LiveKit, liveKitOf } from './livekit.js';

const settings = { url: 'wss://voice.example', apiKey: 'APIkey1', apiSecret: 'a secret of the operator' };
const read = (part: string | undefined): Record<string, unknown> => JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8'));

describe('accessToken', () => {
  it('holds the claims LiveKit asks for, signed by the API secret', () => {
    const token = accessToken(settings, { room: 'r1', identity: 'ann', ttlMs: 600_000 }, 1_700_000_000_400);
    const [header, claims, signature] = token.split('.');
    expect(read(header)).toEqual({ alg: 'HS256', typ: 'JWT' });
    expect(read(claims)).toEqual({
      iss: 'APIkey1',
      sub: 'ann',
      jti: 'ann',
      name: 'ann',
      nbf: 1_699_999_990,
      exp: 1_700_000_600,
      video: { room: 'r1', roomJoin: true, canPublish: true, canSubscribe: true, canPublishData: true },
    });
    expect(signature).toBe(createHmac('sha256', settings.apiSecret).update(`${header}.${claims}`).digest('base64url'));
    expect(token).not.toContain(settings.apiSecret);
  });
});

describe('LiveKit', () => {
  const liveKit = (configured = true) => new LiveKit({ settings: configured ? settings : undefined, clock: new ManualClock(1_700_000_000_000), node: 'n1' });

  it('needs all three variables', () => {
    expect(liveKitOf({ LIVEKIT_URL: 'wss://x', LIVEKIT_API_KEY: 'k', LIVEKIT_API_SECRET: 's' })).toEqual({ url: 'wss://x', apiKey: 'k', apiSecret: 's' });
    expect(liveKitOf({ LIVEKIT_URL: 'wss://x', LIVEKIT_API_KEY: 'k' })).toBeUndefined();
    expect(liveKitOf({ LIVEKIT_URL: 'wss://x', LIVEKIT_API_KEY: 'k', LIVEKIT_API_SECRET: '  ' })).toBeUndefined();
  });

  it('gives a voice agent its room and a token of its own, never the secret', () => {
    const env = liveKit().agentEnv('agent-7');
    expect(env).toMatchObject({ ROOST_ROOM: 'roost-n1-agent-7', LIVEKIT_URL: settings.url });
    expect(read(env['ROOST_ROOM_TOKEN']?.split('.')[1])).toMatchObject({ sub: 'agent-7', kind: 'agent', video: { room: 'roost-n1-agent-7', agent: true } });
    expect(JSON.stringify(env)).not.toContain(settings.apiSecret);
    expect(liveKit(false).agentEnv('agent-7')).toEqual({ ROOST_ROOM: 'roost-n1-agent-7' });
  });

  it('says what is missing when it is not configured', () => {
    expect(() => liveKit(false).token({ room: 'r', identity: 'i', ttlMs: 1_000 })).toThrowError(/set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET/);
    expect(liveKit().token({ room: 'r', identity: 'i', ttlMs: 1_000 })).toMatchObject({
      url: settings.url,
      room: 'r',
      identity: 'i',
      expiresAt: 1_700_000_001_000,
    });
  });
});
