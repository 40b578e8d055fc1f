import type { Config } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import { keepCopy, listCopies } from '../../core/base/atomic-file.js';
import { type ConfigAccess, closeAccess } from './config-access.js';
import { type ConfigPlaces, copiesOf, hashOf, keepBad, lastGood, markOf, missing, readText } from './config-file.js';
import { applyEnvironment, parseConfig } from './load-config.js';

/** What a run begins with. */
export interface FirstConfig {
  readonly config: Config;
  /** Why the file cannot be used; null when it is the one in force. */
  readonly problem: string | null;
  readonly mark: string;
  readonly hash: string;
  /** Of the file that is in force; empty where there is none. */
  readonly text: string;
  readonly access: ConfigAccess;
}

export const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The file, else the last good copy of it, else the defaults. Throws `config-invalid` for a bad file that never was a good one. */
export async function firstConfig(places: ConfigPlaces & { readonly configFile: string | undefined }, file: string): Promise<FirstConfig> {
  const { configFile, env, clock, log } = places;
  const access = await closeAccess(file);
  const mark = await markOf(file);
  const defaults = (): Config => applyEnvironment(parseConfig('', file, env), env);
  if (mark === missing) {
    if (configFile !== undefined) throw new RoostError('config-invalid', `There is no config file at ${file}.`);
    return { config: defaults(), problem: null, mark, hash: missing, text: '', access };
  }
  const text = await readText(file);
  const hash = hashOf(text);
  try {
    const config = applyEnvironment(parseConfig(text, file, env), env);
    await keepCopy(copiesOf(places, file), text, clock.wallMs()).catch((error) => log.warn('the config could not be copied', { error }));
    return { config, problem: null, mark, hash, text, access };
  } catch (error) {
    const good = await lastGood(places, file);
    await keepBad(places, file, text);
    if (good !== undefined) return { config: good, problem: sentenceOf(error), mark, hash, text: '', access };
    // It worked once: going on with the defaults keeps what is stored reachable. A first start with a mistake is for its author to see at once.
    const copies = (await listCopies(copiesOf(places, file))).length;
    if (copies === 0) throw error;
    const problem = `${sentenceOf(error)} None of the ${copies} kept copies can be used either: Roost goes on with its defaults and leaves the file as it is.`;
    return { config: defaults(), problem, mark, hash, text: '', access };
  }
}
