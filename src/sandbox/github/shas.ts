import { createHash } from 'node:crypto';

/** A commit id for a text: 40 hex digits, always the same for the same text. */
export const shaOf = (text: string): string => createHash('sha1').update(text).digest('hex');

/** The commit a release tag of the sandbox points at; the shop reports the same one at /version. */
export const releaseSha = (tag: string): string => shaOf(`release ${tag}`);
