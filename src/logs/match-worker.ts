/** Runs one regular expression over texts, in a thread of its own, so that a slow one can be ended from outside. */
import { parentPort, workerData } from 'node:worker_threads';

const { pattern, texts } = workerData as { pattern: string; texts: readonly string[] }; // written by match.ts
const expression = new RegExp(pattern, 'i');
parentPort?.postMessage(Uint8Array.from(texts, (text) => (expression.test(text) ? 1 : 0)));
