/** A failure as one sentence for people: what failed, and what to do. */
export function shortOf(failure: { readonly message: string; readonly hint: string | undefined }): string {
  return failure.hint === undefined ? failure.message : `${failure.message}. ${failure.hint}`;
}
