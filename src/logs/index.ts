import type { LogBackend } from './backend.ts';
import { file } from './file.ts';
import { loki } from './loki.ts';

/** Every place logs can be searched in. */
export const LOG_BACKENDS: readonly LogBackend[] = [file, loki];
