/** What GitHub calls a patch: hunks of a unified diff without the file header. */
import type { ChangedFile } from './rollback-facts.ts';

export interface Lines {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** False: the patch is missing, cut off or odd, so there may be more. */
  readonly complete: boolean;
}

/** Characters of a patch that are kept of what GitHub sends; one that is as long as this may have been cut, perhaps within its last line. */
export const PATCH_KEPT = 8_000;

const HUNK = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/;

/** The hunk headers say how many lines follow; when fewer do, the patch was cut. */
export function linesOf({ patch, status }: ChangedFile): Lines {
  // Renamed without an edit: GitHub sends no patch because there is none.
  if (patch === undefined || patch === '') return { added: [], removed: [], complete: status === 'renamed' || status === 'unchanged' };
  const added: string[] = [];
  const removed: string[] = [];
  let old = 0;
  let fresh = 0;
  let complete = HUNK.test(patch) && patch.length < PATCH_KEPT;
  for (const line of patch.split('\n')) {
    const hunk = old + fresh === 0 ? HUNK.exec(line) : null;
    if (hunk !== null) {
      old = Number(hunk[1] ?? 1);
      fresh = Number(hunk[2] ?? 1);
    } else if (line.startsWith('+')) {
      added.push(line.slice(1));
      fresh -= 1;
    } else if (line.startsWith('-')) {
      removed.push(line.slice(1));
      old -= 1;
    } else if (!line.startsWith('\\') && old + fresh > 0) {
      old -= 1;
      fresh -= 1;
    }
    if (old < 0 || fresh < 0) complete = false;
  }
  return { added, removed, complete: complete && old === 0 && fresh === 0 };
}

/** What is left of a text when the file is whole: every line of it is an added one, or every line a removed one. */
export function wholeText(file: ChangedFile): string | undefined {
  const { added, removed, complete } = linesOf(file);
  if (!complete) return undefined;
  if (file.status === 'added' && removed.length === 0) return added.join('\n');
  return file.status === 'removed' && added.length === 0 ? removed.join('\n') : undefined;
}

/** Only comments and empty lines differ, in a format whose comments are known. */
export function isCommentOnly(file: ChangedFile): boolean {
  if (file.status !== 'modified' || !/\.(?:ya?ml|toml|ini|conf|properties|tf|tfvars|hcl|py|rb|env[^/]*)$|Dockerfile[^/]*$/.test(file.path)) return false;
  const { added, removed, complete } = linesOf(file);
  return complete && added.length + removed.length > 0 && [...added, ...removed].every((line) => /^\s*(?:#.*)?$/.test(line));
}
