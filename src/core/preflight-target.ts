/** From where to where: does the target exist, what runs, is it the right way, and what lies between. */
import { ago, CHECKS, check, clip, type Draft, familyOf, gap, plural, short, some, type Way } from './preflight-check.ts';
import type { Check, RollbackAction } from './rollback.ts';
import type { RollbackFacts } from './rollback-facts.ts';
import { isTag, nearestTags } from './tag.ts';

export function targetExists(facts: RollbackFacts, { tag, actions }: Draft): Check {
  const block = (because: string): Check => check(CHECKS.target, 'block', because);
  const { target, repo } = facts;
  if (target === undefined) {
    const entry = facts.releases.find((release) => release.tag === tag);
    if (entry?.draft) return block(`${entry.tag} is a draft; publish it or name another tag`);
    if (entry !== undefined) return block(gap(facts, 'target') ?? `the commit ${entry.tag} points at could not be read`);
    if (tag !== undefined) return block(`there is no release ${tag} in ${repo}${near(facts, tag)}`);
    return block(gap(facts, 'target') ?? `no earlier release to go back to is known in ${repo}; name a tag`);
  }
  const odd = oddName([target.tag, ...(facts.current === undefined ? [] : [facts.current.tag])], target.tag, actions);
  if (odd !== undefined) return block(odd);
  const entry = facts.releases.find((release) => release.tag === target.tag);
  const says = `${target.tag} is published and points at ${short(target.sha)}`;
  if (!entry?.prerelease) return check(CHECKS.target, 'ok', says);
  return check(CHECKS.target, 'warn', `${says}, but is marked as a pre-release`, { url: target.url, watch: 'what it was not yet published for' });
}

/** Git takes `v1$(id)` for a tag, and a deploy script that puts it into a command line runs what is in the brackets. */
function oddName(tags: readonly string[], target: string, actions: readonly RollbackAction[]): string | undefined {
  const given = actions.flatMap(sentTexts);
  const odd = tags.find((tag) => !isTag(tag) && (tag === target || given.some((value) => value.includes(tag))));
  if (odd === undefined) return undefined;
  return `the name ${clip(odd, 60)} holds characters that a deploy script could take for a command; only letters, digits and . _ + - are sent; name another tag`;
}

function sentTexts(action: RollbackAction): readonly string[] {
  switch (action.kind) {
    case 'dispatchWorkflow':
      return [action.ref, ...Object.values(action.inputs)];
    case 'createDeployment':
      return [action.ref, action.description, ...Object.values(action.payload)];
    case 'repositoryDispatch':
      return Object.values(action.payload);
    default:
      return [];
  }
}

function near(facts: RollbackFacts, tag: string): string {
  const names = nearestTags(
    tag,
    facts.releases.filter(({ draft }) => !draft).map((release) => release.tag),
  );
  return names.length === 0 ? '' : `; nearest: ${names.join(', ')}`;
}

export function currentKnown(facts: RollbackFacts): Check {
  const { current } = facts;
  const doubt = gap(facts, 'current');
  if (current === undefined)
    return check(CHECKS.current, 'block', `what runs in ${facts.environment} could not be found out${doubt === undefined ? '' : `: ${doubt}`}`);
  if (doubt !== undefined) return check(CHECKS.current, 'warn', `${current.tag} is taken for what runs; ${doubt}`, { watch: 'which version answers' });
  return check(CHECKS.current, 'ok', `${current.tag} runs in ${facts.environment}`);
}

/** A redeploy wants the release that runs; everything else wants another one. */
export function differs({ facts, draft, from, to }: Way): Check {
  const { target, current, compare, deployments, environment } = facts;
  if (draft.redeploy) {
    return to === from
      ? check(CHECKS.differs, 'ok', `${to} runs in ${environment} and is deployed once more`)
      : check(CHECKS.differs, 'block', `a redeploy takes the release that runs, ${from}, not ${to}`);
  }
  if (to === from) {
    const since = deployments?.find(({ ref, state }) => ref === from && state === 'success')?.at;
    return check(CHECKS.differs, 'block', `${to} is already live${since === undefined ? '' : ` since ${ago(facts, since)}`}; nothing to do`);
  }
  if (target.sha === current.sha || compare?.status === 'identical')
    return check(CHECKS.differs, 'block', `${to} and ${from} are the same commit ${short(target.sha)}; nothing would change`);
  return check(CHECKS.differs, 'ok', `${from} is replaced by ${to}`);
}

/** The history of commits decides; dates only where it cannot. */
export function direction(way: Way): Check | undefined {
  const { facts, forward, from, to } = way;
  const { target, current, compare } = facts;
  if (compare?.status === 'identical') return undefined;
  const say = (verdict: Check['verdict'], because: string, watch?: string): Check =>
    check(CHECKS.older, verdict, because, { ...(compare !== undefined && { url: compare.url }), ...(watch !== undefined && { watch }) });
  const wrong = forward
    ? check(CHECKS.older, 'block', `${to} is older than ${from}: this is a rollback, not the way forward again`)
    : check(CHECKS.older, 'block', `${to} is newer than ${from}: this is a roll-forward; use the deploy flow`);
  const [newer, older] = forward ? [to, from] : [from, to];
  if (compare?.status === (forward ? 'ahead' : 'behind')) return wrong;
  if (compare?.status === (forward ? 'behind' : 'ahead')) {
    return say('ok', compare.commits === 0 ? `${newer} is newer than ${older}` : `${newer} is ${plural(compare.commits, 'commit')} ahead of ${older}`);
  }
  const [was, is] = [target.publishedAt, current.publishedAt];
  const relation = forward ? 'newer' : 'older';
  if (was === undefined || is === undefined)
    return say('warn', `whether ${to} is ${relation} than ${from} could not be determined`, `features and fixes that ${to} lacks`);
  if (forward ? was < is : was > is) return wrong;
  const published = `published ${forward ? 'after' : 'before'} ${from}`;
  if (compare === undefined) return say('warn', `${published}, but the commits could not be compared`, `features and fixes that ${to} lacks`);
  return say(
    'warn',
    `${published}, but on another line of commits: what only ${forward ? from : to} has is not listed`,
    'fixes that only one of the two lines has',
  );
}

/** One release between is an everyday skip; several at once take back more than anybody has in mind. */
export function releasesBetween({ facts, from, to }: Way): Check | undefined {
  const { target, current, releases } = facts;
  const [low, high] = [target.publishedAt, current.publishedAt].toSorted((a, b) => (a ?? 0) - (b ?? 0));
  if (low === undefined || high === undefined) {
    return check(CHECKS.between, 'warn', `how many releases lie between ${to} and ${from} could not be found out`, { watch: 'features that go with them' });
  }
  const families = [familyOf(from), familyOf(to)];
  const isBetween = betweenVersions(from, to);
  const between = releases
    .filter(({ tag, draft, prerelease }) => !draft && !prerelease && tag !== from && tag !== to && families.includes(familyOf(tag)))
    .filter(({ tag, publishedAt }) => publishedAt !== undefined && publishedAt > low && publishedAt < high && isBetween(tag));
  const tags = between.map(({ tag }) => tag);
  if (tags.length === 0) return check(CHECKS.between, 'ok', `no release lies between ${to} and ${from}`);
  if (tags.length === 1) return check(CHECKS.between, 'ok', `only ${tags[0]} lies between ${to} and ${from}`);
  return check(CHECKS.between, 'warn', `${plural(tags.length, 'release')} lie between ${to} and ${from}: ${some(tags, 6)}`, {
    watch: 'features and fixes of the releases between, not only of the last one',
  });
}

/** A fix of an older line that was published meanwhile does not lie between. Names without numbers are left to their dates. */
function betweenVersions(a: string, b: string): (tag: string) => boolean {
  const [low, high] = compareVersions(a, b) < 0 ? [a, b] : [b, a];
  return (tag) => [a, b, tag].some((one) => numbersOf(one).length === 0) || (compareVersions(low, tag) < 0 && compareVersions(tag, high) < 0);
}

const numbersOf = (tag: string): readonly number[] =>
  (tag.slice(familyOf(tag).length).split(/[-+]/, 1)[0] ?? '').split('.').flatMap((part) => (/^\d{1,15}$/.test(part) ? [Number(part)] : []));

function compareVersions(a: string, b: string): number {
  const [left, right] = [numbersOf(a), numbersOf(b)];
  const at = Array.from({ length: Math.max(left.length, right.length) }, (_, index) => (left[index] ?? 0) - (right[index] ?? 0));
  return at.find((difference) => difference !== 0) ?? 0;
}
