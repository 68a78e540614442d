/** Asks every replica which release runs. */
import type { Release } from '../core/rollback.ts';
import type { VersionAsk } from '../core/service.ts';
import { type Identity, identityOf, readVersion } from '../core/version.ts';
import type { World } from './step.ts';

/** A hundred questions at once would be a load of their own on a service that is not well. */
const AT_ONCE = 8;
/** Questions of one look, however many addresses and times are configured. */
const MOST = 64;

/** Each address so many times, on a new connection each time, so that a balancer may choose another replica. An answer that names no release is none. */
export async function askIdentity(world: World, version: VersionAsk | undefined, target: Pick<Release, 'tag' | 'sha'> | undefined): Promise<Identity> {
  const { urls, times, field } = version ?? { urls: [], times: 0, field: undefined };
  const questions = Array.from({ length: Math.max(1, times) }, () => urls)
    .flat()
    .slice(0, MOST);
  const answers: (string | undefined)[] = new Array(questions.length).fill(undefined);
  const left = questions.entries();
  const ask = async (): Promise<void> => {
    for (const [index, url] of left) {
      const { status, body } = await world.probe(url, world.signal);
      if (status !== undefined && status < 400) answers[index] = readVersion(body, field);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, questions.length) }, ask));
  return identityOf(answers, target);
}
