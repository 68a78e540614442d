/** The list of sources: what `POST /webhooks/<name>` can read. */
import { alertmanager } from './alertmanager.ts';
import { generic } from './generic.ts';
import { github } from './github.ts';
import type { Source } from './source.ts';

export const SOURCES: readonly Source[] = [alertmanager, generic, github];
