/** The git database: refs that are read, made, moved and removed; commits and tag objects. */
import { type Answer, noContent, notFound, ok, refuse } from './answer.ts';
import { type BodyRule, objectOf, refuseBody, textOf } from './body.ts';
import { contains, difference } from './compare.ts';
import { type Commit, targetOf } from './git.ts';
import { type Call, loginOf, note, type Route } from './router.ts';
import { refuseChange } from './rules.ts';
import { gitCommitJson, refJson, tagJson } from './shapes-git.ts';
import { shaOf } from './shas.ts';

const READ = { permission: 'contents', access: 'read' } as const;
const WRITE = { permission: 'contents', access: 'write' } as const;
const GIT = '/repos/:owner/:repo/git';

export const gitRoutes: readonly Route[] = [
  { method: 'GET', path: `${GIT}/ref/*ref`, need: READ, answer: oneRef },
  { method: 'POST', path: `${GIT}/refs`, need: WRITE, answer: makeRef },
  { method: 'PATCH', path: `${GIT}/refs/*ref`, need: WRITE, answer: moveRef },
  { method: 'DELETE', path: `${GIT}/refs/*ref`, need: WRITE, answer: removeRef },
  { method: 'GET', path: `${GIT}/tags/:sha`, need: READ, answer: oneTag },
  { method: 'GET', path: `${GIT}/commits/:sha`, need: READ, answer: oneCommit },
  { method: 'POST', path: `${GIT}/commits`, need: WRITE, answer: makeCommit },
];

const SHA = /^[0-9a-f]{40}$/;
const notASha = (name: string): Answer => refuse(422, `The ${name} parameter must be exactly 40 characters and contain only [0-9a-f].`);
const NO_REF = refuse(422, 'Reference does not exist');

function oneRef({ world, at, params }: Call): Answer {
  const ref = params.ref ?? '';
  const target = targetOf(world.git, ref);
  return target === undefined ? notFound : ok(refJson(at, ref, target));
}

const MAKE_REF: BodyRule = { required: ['ref', 'sha'], keys: { ref: 'string', sha: 'string' } };

function makeRef(call: Call): Answer {
  const { world, at, body } = call;
  const wrong = refuseBody(body, MAKE_REF);
  if (wrong) return wrong;
  const [full, sha] = [textOf(body, 'ref') ?? '', textOf(body, 'sha') ?? ''];
  if (!full.startsWith('refs/')) return refuse(422, "Reference name must start with 'refs/'.");
  const ref = full.slice('refs/'.length);
  if (!/^(heads|tags)\/[^\s~^:?*[\\]+$/.test(ref) || /\.\.|\/\/|\/$|\.lock$|@\{/.test(ref)) return refuse(422, `${full} is not a valid ref name.`);
  if (!SHA.test(sha)) return notASha('sha');
  if (!pointsSomewhere(call, ref, sha)) return refuse(422, 'Object does not exist');
  if (targetOf(world.git, ref) !== undefined) return refuse(422, 'Reference already exists');
  const refused = refuseChange(world, ref, 'create');
  if (refused) return refused;
  world.git.point(ref, sha);
  note(call, 'ref', { ref, from: null, to: sha, force: false });
  world.moved(ref, loginOf(call));
  return { status: 201, body: refJson(at, ref, targetOf(world.git, ref) ?? { sha, type: 'commit' }) };
}

const MOVE_REF: BodyRule = { required: ['sha'], keys: { sha: 'string', force: 'boolean' } };

function moveRef(call: Call): Answer {
  const { world, at, params, body } = call;
  const wrong = refuseBody(body, MOVE_REF);
  if (wrong) return wrong;
  const [ref, sha, force] = [params.ref ?? '', textOf(body, 'sha') ?? '', body.force === true];
  const old = targetOf(world.git, ref);
  if (old === undefined) return NO_REF;
  if (!SHA.test(sha)) return notASha('sha');
  if (!pointsSomewhere(call, ref, sha)) return refuse(422, 'Object does not exist');
  const refused = old.sha === sha ? undefined : refuseChange(world, ref, 'update');
  if (refused) return refused;
  const [from, to] = [commitAt(call, old.sha), commitAt(call, sha)];
  if (!force && from && to && !contains(world.git, from, to)) return refuse(422, 'Update is not a fast forward');
  if (old.sha !== sha) {
    world.git.point(ref, sha);
    world.moved(ref, loginOf(call));
  }
  note(call, 'ref', { ref, from: old.sha, to: sha, force });
  return ok(refJson(at, ref, targetOf(world.git, ref) ?? old));
}

function removeRef(call: Call): Answer {
  const { world, params } = call;
  const ref = params.ref ?? '';
  const old = targetOf(world.git, ref);
  if (old === undefined) return NO_REF;
  const refused = refuseChange(world, ref, 'delete');
  if (refused) return refused;
  world.git.remove(ref);
  note(call, 'ref', { ref, from: old.sha, to: null, force: false });
  return noContent;
}

/** A branch takes commits, a tag also tag objects. */
const pointsSomewhere = ({ world }: Call, ref: string, sha: string): boolean =>
  world.git.commits.has(sha) || (ref.startsWith('tags/') && world.git.tagObjects.has(sha));

const commitAt = ({ world }: Call, sha: string): Commit | undefined => world.git.commits.get(world.git.tagObjects.get(sha)?.commit ?? sha);

function oneTag({ world, at, params }: Call): Answer {
  const tag = world.git.tagObjects.get(params.sha ?? '');
  return tag ? ok(tagJson(at, tag)) : notFound;
}

function oneCommit({ world, at, params }: Call): Answer {
  if (!SHA.test(params.sha ?? '')) return notASha('commit_sha');
  const commit = world.git.commits.get(params.sha ?? '');
  return commit ? ok(gitCommitJson(at, commit)) : notFound;
}

const MAKE_COMMIT: BodyRule = {
  required: ['message', 'tree'],
  keys: { message: 'string', tree: 'string', parents: 'array', author: 'object', committer: 'object', signature: 'string' },
};

/** A commit with the files of a tree that is known already; it belongs to no branch until a ref points at it. */
function makeCommit(call: Call): Answer {
  const { world, at, body } = call;
  const wrong = refuseBody(body, MAKE_COMMIT);
  if (wrong) return wrong;
  const [message, treeSha] = [textOf(body, 'message') ?? '', textOf(body, 'tree') ?? ''];
  const parents = (Array.isArray(body.parents) ? body.parents : []).map(String);
  const commits = [...world.git.commits.values()];
  const like = commits.find((one) => one.treeSha === treeSha);
  if (like === undefined) return refuse(422, 'Tree SHA does not exist');
  if (!parents.every((sha) => world.git.commits.has(sha))) return refuse(422, 'Parent SHA does not exist or is not a commit object');
  const date = Date.parse(textOf(objectOf(body, 'author') ?? {}, 'date') ?? '');
  const at_ = Number.isNaN(date) ? world.now() : date;
  const parent = world.git.commits.get(parents[0] ?? '');
  const files = parent === undefined ? like.files : difference(world.git, parent, like);
  // Like git: the same content at the same moment is the same commit.
  const sha = shaOf(`commit ${treeSha} ${parents.join(' ')} ${Math.floor(at_ / 1000)} ${loginOf(call)} ${message}`);
  const commit: Commit = { sha, treeSha, parents, title: message, author: loginOf(call), at: at_, files };
  world.git.add(commit);
  note(call, 'commit', { sha, tree: treeSha, parents });
  return { status: 201, body: gitCommitJson(at, commit) };
}
