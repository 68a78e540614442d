/** Runs regular expressions over texts, in a thread of its own, so that a slow one can be ended from outside. */
import { parentPort, workerData } from 'node:worker_threads';

const { patterns, texts } = workerData as { patterns: readonly string[]; texts: readonly string[] }; // written by match.ts
const expressions = patterns.map((pattern) => new RegExp(pattern, 'i'));
parentPort?.postMessage(Int32Array.from(texts, (text) => expressions.findIndex((expression) => expression.test(text))));
