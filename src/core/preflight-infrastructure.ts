/** Images, charts, Terraform, workflows: what the program runs on. Taking away what holds data is a danger. */
import { isCommentOnly, linesOf } from './patch.ts';
import { CHECKS, check, linked, names, plural, some, type Way } from './preflight-check.ts';
import type { Check } from './rollback.ts';
import type { ChangedFile } from './rollback-facts.ts';

export function infrastructure(way: Way, all: readonly ChangedFile[]): Check | undefined {
  const files = all.filter((file) => !isCommentOnly(file));
  if (files.length === 0) return undefined;
  const { to, facts } = way;
  const holding = lostStores(way, files);
  const where = linked(files, facts.compare?.url);
  if (holding.length > 0) {
    const because = `${to} does not have ${some(holding, 2)}: if the deploy applies it, ${holding.length === 1 ? 'it is' : 'they are'} destroyed with the data in it`;
    return check(CHECKS.infrastructure, 'danger', because, where);
  }
  const because = `${plural(files.length, 'file')} ${files.length === 1 ? 'differs' : 'differ'} (${names(files)}): ${to} may not fit what is set up now`;
  return check(CHECKS.infrastructure, 'warn', because, { ...where, watch: 'that the deploy builds and starts, and what it changes around the program' });
}

// Databases, buckets, disks, queues and keys of the large clouds, by the words in the names of their resources.
const STORE =
  /(?:^|_)(?:db|rds|database|sql|postgresql|mysql|bucket|volume|disk|ebs|efs|filesystem|dynamodb|table|bigtable|spanner|firestore|queue|sqs|topic|stream|kinesis|redis|elasticache|memorystore|opensearch|elasticsearch|kms|key|secret|storage|cosmosdb|documentdb|neptune|redshift|dataset)(?:_|$)/;
/** Not the thing itself but a rule about it. */
const ABOUT = /(?:policy|attachment|_iam_|acl|parameter_group|subnet_group|option_group|notification|lifecycle|subscription|alarm|route_table)/;
const KEEPERS = /^kind:\s*["']?(PersistentVolumeClaim|PersistentVolume|StatefulSet|CustomResourceDefinition)\b/;

/** What moved from one file to another is still there. */
function lostStores({ forward }: Way, files: readonly ChangedFile[]): readonly string[] {
  const both = files.map((file) => {
    const { added, removed } = linesOf(file);
    const [plus, minus] = [added, removed].map((lines) => lines.flatMap((line) => storeOf(line) ?? []));
    return forward ? { lost: minus ?? [], gained: plus ?? [] } : { lost: plus ?? [], gained: minus ?? [] };
  });
  const left = both.flatMap(({ gained }) => gained);
  return both
    .flatMap(({ lost }) => lost)
    .filter((store) => {
      const at = left.indexOf(store);
      if (at !== -1) left.splice(at, 1);
      return at === -1;
    });
}

function storeOf(line: string): string | undefined {
  const kept = KEEPERS.exec(line)?.[1];
  if (kept !== undefined) return `a ${kept}`;
  const resource = /^\s*resource\s+"(\w+)"\s+"([\w-]+)"/.exec(line);
  const [type = '', name = ''] = resource?.slice(1) ?? [];
  return STORE.test(type) && !ABOUT.test(type) ? `${type}.${name}` : undefined;
}
