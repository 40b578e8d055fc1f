import type { Approval } from '../../contract/approvals.js';
import type { ProviderView } from '../../contract/providers.js';
import type { Tone } from './tones.js';

/** What an agent wants, as the beginning of a sentence. */
export const approvalWish = (approval: Pick<Approval, 'kind' | 'agentId'>): string =>
  approval.kind === 'command'
    ? `${approval.agentId} wants to run`
    : approval.kind === 'write'
      ? `${approval.agentId} wants to`
      : `${approval.agentId} asks to go on`;

export const approvalTones: Readonly<Record<Approval['status'], Tone>> = {
  pending: 'warn',
  allowed: 'good',
  denied: 'bad',
  expired: 'idle',
  cancelled: 'idle',
};
export const approvalWords: Readonly<Record<Approval['status'], string>> = {
  pending: 'Waits',
  allowed: 'Allowed',
  denied: 'Denied',
  expired: 'Expired',
  cancelled: 'Withdrawn',
};

export const providerTones: Readonly<Record<ProviderView['state'], Tone>> = { up: 'good', limited: 'warn', paused: 'bad', trying: 'busy' };
export const providerWords: Readonly<Record<ProviderView['state'], string>> = { up: 'Up', limited: 'Limited', paused: 'Paused', trying: 'Being tried' };

/** US dollars; small sums keep the digits that matter. */
export const costText = (dollars: number): string => `$${dollars >= 1 || dollars === 0 ? dollars.toFixed(2) : dollars.toPrecision(2)}`;

export const tokensText = (tokens: number): string =>
  tokens < 1_000 ? String(Math.round(tokens)) : tokens < 1_000_000 ? `${(tokens / 1_000).toFixed(1)}k` : `${(tokens / 1_000_000).toFixed(1)}M`;
