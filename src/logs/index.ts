import type { LogBackend } from './backend.ts';
import { cloudwatch } from './cloudwatch.ts';
import { command } from './command.ts';
import { datadog } from './datadog.ts';
import { elasticsearch } from './elasticsearch.ts';
import { file } from './file.ts';
import { kubernetes } from './kubernetes.ts';
import { loki } from './loki.ts';

/** Every place logs can be searched in. */
export const LOG_BACKENDS: readonly LogBackend[] = [file, loki, elasticsearch, cloudwatch, datadog, kubernetes, command];
