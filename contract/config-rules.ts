import { z } from 'zod';
import { duration } from './quantities.js';

/** What agents may have done for them: lists on top of the built-in rules, and how long things may take. */

const command = z.array(z.string().min(1).max(1_000)).min(1).max(50);
const commands = z.array(command).max(500).default([]).describe('Commands, each a list of words; a last word "..." stands for any further words.');

/** Of one template, on top of the rules for all. */
export const templateRulesSchema = z.strictObject({ allow: commands, block: commands });

export const rulesSchema = z.strictObject({
  /** Run without a question. */
  allow: commands,
  /** Never run, whoever allows it. */
  block: commands,
  /** How long a question waits for a person before it counts as denied. */
  patience: duration(1_000, 86_400_000).prefault('5m'),
  /** Longest run of one command of an agent. */
  commandDeadline: duration(1_000, 86_400_000).prefault('10m'),
});
